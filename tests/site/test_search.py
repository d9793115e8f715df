"""The search finds what learners type: Material's own worker answers, fed with the site's index."""

import gzip
import re

import pytest

from tests.site.worker import SearchWorker

pytestmark = pytest.mark.xdist_group("site")

FOLDERS = {"zh": ".", "en": "en"}
KILOBYTES = 230  # of a language's index, gzipped; with code and outputs in it 400

# The page that should be among the first three hits, and what a reader types to get there. Both sites know these.
IN_BOTH = {
    "ch01_tensors/creation": "dtype, uint8, float32, torch.zeros, manual_seed",
    "ch01_tensors/operations": "broadcasting, 广播, matmul",
    "ch01_tensors/joining_splitting": "torch.cat, stack",
    "ch01_tensors/shapes": "permute, contiguous, reshape, stride, view size is not compatible",
    "ch01_tensors/numpy_bridge": "from_numpy, numpy",
    "ch01_tensors/core_functions": "keepdim, logsumexp, argmax",
    "ch02_autograd/computation_graph": "retain_graph, chain rule, 计算图",
    "ch02_autograd/gradient_descent": "梯度下降, gradient descent, learning rate, 学习率",
    "ch02_autograd/static_and_dynamic": "torch.compile, jit.trace",
    "ch03_linear_regression/data_loading": "DataLoader, num_workers, drop_last, Dataset, collate_fn",
    "ch03_linear_regression/with_modules": "nn.Linear, zero_grad, size_average, ModuleList, super().__init__",
    "ch04_classification/logistic_regression": "BCELoss, BCEWithLogitsLoss, 逻辑回归",
    "ch04_classification/softmax_regression": "CrossEntropyLoss, softmax, confusion matrix, 混淆矩阵",
    "ch04_classification/generalization": "overfitting, cross-validation, 过拟合",
    "ch05_networks/activations": "LeakyReLU, GELU, 激活函数, 梯度消失",
    "ch05_networks/backpropagation": "反向传播, backpropagation",
    "ch05_networks/first_network": "nn.Sequential",
    "ch06_training/initialization": "Kaiming, kaiming_normal_, Xavier",
    "ch06_training/optimizers": "Adam, AdamW, momentum, RMSprop",
    "ch06_training/schedules_clipping": "StepLR, clip_grad_norm_, 梯度裁剪",
    "ch06_training/regularization": "dropout, nn.Dropout, weight_decay, early stopping",
    "ch06_training/normalization_residuals": "BatchNorm1d, residual connection",
    "ch06_training/monitoring": "checkpoint, weights_only, TensorBoard, SummaryWriter, tqdm, state_dict",
    "ch06_training/reproducibility": "use_deterministic_algorithms, cuda",
}
IN_ONE = {
    "zh": {
        "ch01_tensors/indexing": "切片, 索引, 掩码",
        "ch01_tensors/joining_splitting": "拼接, 堆叠",
        "ch01_tensors/shapes": "步幅, 转置, 形状, 张量 reshape",
        "ch01_tensors/core_functions": "独热编码, 归约",
        "ch02_autograd/computation_graph": "自动求导, 链式法则, 梯度清零",
        "ch02_autograd/static_and_dynamic": "静态图, 动态图",
        "ch03_linear_regression/from_scratch": "线性回归, 小批量",
        "ch03_linear_regression/data_loading": "数据加载, 打乱",
        "ch03_linear_regression/many_features": "标准化, 正规方程",
        "ch04_classification/logistic_regression": "交叉熵, KL 散度",
        "ch04_classification/softmax_regression": "softmax 回归",
        "ch04_classification/generalization": "泛化, 欠拟合, 验证集, 交叉验证, 召回率",
        "ch05_networks/activations": "vanishing gradient, 激活函数 ReLU",
        "ch05_networks/decision_boundaries": "决策边界",
        "ch05_networks/first_network": "神经网络, 训练循环",
        "ch06_training/initialization": "初始化, 权重初始化",
        "ch06_training/optimizers": "优化器, 动量, Adam 优化器",
        "ch06_training/schedules_clipping": "学习率调度, 预热",
        "ch06_training/regularization": "正则化, 权重衰减, 早停, 丢弃法, L2 正则化",
        "ch06_training/normalization_residuals": "批归一化, 残差连接",
        "ch06_training/monitoring": "检查点, 保存模型, 怎么保存模型, 进度条",
        "ch06_training/debugging": "调试",
        "ch06_training/reproducibility": "随机, 可复现",
        "glossary": "术语表",
    },
    "en": {
        "ch01_tensors/indexing": "slice, indexing, boolean mask",
        "ch01_tensors/joining_splitting": "concatenate",
        "ch01_tensors/shapes": "transpose, swap axes",
        "ch01_tensors/core_functions": "one-hot encoding",
        "ch02_autograd/computation_graph": "computation graph, clear the gradients",
        "ch02_autograd/static_and_dynamic": "static graph",
        "ch03_linear_regression/from_scratch": "linear regression, mini-batch, "
        "grad can be implicitly created only for scalar outputs",
        "ch03_linear_regression/many_features": "standardize, normal equations",
        "ch04_classification/logistic_regression": "cross-entropy, sigmoid, logistic regression",
        "ch04_classification/generalization": "underfitting, validation set, generalization, data leakage",
        "ch05_networks/activations": "activation function, dying ReLU",
        "ch05_networks/decision_boundaries": "decision boundary",
        "ch05_networks/first_network": "neural network, training loop",
        "ch06_training/initialization": "initialization, weight initialization",
        "ch06_training/optimizers": "optimizer, adam optimizer",
        "ch06_training/schedules_clipping": "gradient clipping, warmup, learning rate schedule",
        "ch06_training/regularization": "regularization, weight decay, L2 regularization",
        "ch06_training/normalization_residuals": "batch normalization",
        "ch06_training/monitoring": "save model, progress bar",
        "ch06_training/debugging": "debugging",
        "ch06_training/reproducibility": "random seed, reproducible",
        "glossary": "glossary",
    },
}
HALF_TYPED = {
    "zh": {
        "ch02_autograd/gradient_descent": "梯度下",
        "ch04_classification/generalization": "过拟",
        "ch05_networks/backpropagation": "反向",
        "ch03_linear_regression/data_loading": "DataLo",
    },
    "en": {
        "ch01_tensors/operations": "broadc",
        "ch05_networks/backpropagation": "backprop",
        "ch06_training/regularization": "weight_d",
        "ch06_training/monitoring": "TensorB",
    },
}
QUERIES = [
    (lang, query, page if page == "glossary" else f"lessons/{page}")
    for lang in FOLDERS
    for wanted in (IN_BOTH, IN_ONE[lang], HALF_TYPED[lang])
    for page, queries in wanted.items()
    for query in queries.split(", ")
]


@pytest.fixture(scope="module")
def workers(site):
    workers = {lang: SearchWorker(site / folder) for lang, folder in FOLDERS.items()}
    yield workers
    for worker in workers.values():
        worker.close()


@pytest.mark.parametrize(("lang", "query", "page"), QUERIES)
def test_the_page_is_among_the_first_three_hits(workers, lang, query, page):
    first = workers[lang].pages(query)[:3]
    assert f"{page}/" in first, f"{query!r} finds {first}"


def test_there_are_enough_queries():
    for lang in FOLDERS:
        queries = [query for at, query, _ in QUERIES if at == lang]
        assert len(set(queries)) == len(queries) > 100


def test_every_chinese_character_of_a_query_counts(workers):
    """Material's worker as it comes never looks at the last one: 转置 is then 转, and 转弯 is found."""
    texts = [part["title"] + part["text"] for hit in workers["zh"].find("转置") for part in hit]
    assert {word for text in texts for word in re.findall("<mark>([^<]+)</mark>", text)} == {"转置"}


def test_a_hit_has_the_page_s_title_and_says_where(workers):
    """The page shows a hit's page on top and its sections below, by these titles."""
    for lang, worker in workers.items():
        for query in ("broadcasting", "Adam", "过拟合"):
            for hit in worker.find(query):
                titles = {part["location"]: re.sub("<[^>]+>|\u200b", "", part["title"]) for part in hit}
                assert all(titles.values()), (lang, query, titles)
                assert any("#" not in location for location in titles), (lang, query, titles)


def test_a_word_of_nobody_finds_nothing(workers):
    for worker in workers.values():
        assert worker.find("zzqx") == []


def test_the_index_is_light(site):
    for lang, folder in FOLDERS.items():
        index = (site / folder / "search/search_index.json").read_bytes()
        assert len(gzip.compress(index, 9)) < 1000 * KILOBYTES, lang
        assert b"<pre>" not in index
