# %% [markdown] lang="zh"
# # 第 3 章 线性回归
# 从一堆散点里找出一条直线，是最小的训练：两个参数，一个损失，画得出来，也有精确的答案可以对照。
# 正因为它小，训练的每一步都看得见；以后的网络再大，走的还是这几步。
#
# 学完这一章，你能：
#
# - 写出数据、损失、梯度和训练循环：先不靠现成的工具，再换成 PyTorch 的零件，并证明两者每一步都一样；
# - 说清学到的线为什么不等于造出数据的那条线，差多少算正常；
# - 事先算出训练要走多少步，知道标准化为什么能让它快几十倍；
# - 从磁盘上的文件一路走到训练好的模型，认出路上那些不报错的错误。
#
# 需要的准备：[张量](../ch01_tensors/__init__.py) 和 [自动求导](../ch02_autograd/__init__.py) 两章最好先读，用到的地方也会再讲一遍。
#
# ## 课程
#
# | 课 | 学完你能 | 用时 |
# |---|---|---|
# | [从零实现线性回归](from_scratch.py) | 只用张量写出数据、损失、梯度和训练循环 | 约 `{python} minutes["from_scratch"]` 分钟 |
# | [用模块写线性回归](with_modules.py) | 用 PyTorch 的零件写出同样的训练，算出为什么截距学得慢、怎样让它快 | 约 `{python} minutes["with_modules"]` 分钟 |
# | [多个特征](many_features.py) | 用一次矩阵乘法算完所有人，正确地标准化，用公式检验训练 | 约 `{python} minutes["many_features"]` 分钟 |
# | [数据加载](data_loading.py) | 把磁盘上的文件变成一批批数据，坏的行当场报错 | 约 `{python} minutes["data_loading"]` 分钟 |
#
# 全章约 `{python} hours` 小时：慢慢读、自己跑、做完练习。每课的代码除去启动 PyTorch，在生成本页的机器上
# 不到 `{python} seconds` 秒跑完。
# 下一章预测的不再是数，而是类别：[分类](../ch04_classification/__init__.py)。

# %% [markdown] lang="en"
# # 3 Linear regression
# To find the line in a cloud of points is the smallest training there is: two parameters, one loss, easy to draw, and
# with an exact answer to compare with. Because it is so small, every step of training can be seen; networks, however
# large, take the same steps.
#
# After this chapter you can
#
# - write data, loss, gradient and training loop: first without ready-made tools, then with PyTorch's parts, and prove
#   that both take the same steps;
# - say why the line that was learned is not the line that made the data, and how far apart the two may be;
# - work out beforehand how many steps training takes, and why standardizing makes it many times faster;
# - get from a file on disk to a trained model, and recognize the mistakes on the way that raise no error.
#
# What you need: best read [tensors](../ch01_tensors/__init__.py) and
# [automatic differentiation](../ch02_autograd/__init__.py) first; what is used of them is explained once more.
#
# ## Lessons
#
# | Lesson | Afterwards you can | Time |
# |---|---|---|
# | [Linear regression from scratch](from_scratch.py) | write data, loss, gradient and training loop with nothing but tensors | about `{python} minutes["from_scratch"]` minutes |
# | [Linear regression with modules](with_modules.py) | write the same training with PyTorch's parts, and work out why the intercept is slow and how to make it fast | about `{python} minutes["with_modules"]` minutes |
# | [Many features](many_features.py) | forecast for everybody with one matrix product, standardize properly, and check the training by a formula | about `{python} minutes["many_features"]` minutes |
# | [Loading data](data_loading.py) | turn a file on disk into batches, with a clear error for each bad row | about `{python} minutes["data_loading"]` minutes |
#
# The whole chapter takes about `{python} hours` hours if you read slowly, run the code and do the exercises. Leaving aside
# the start of PyTorch, the code of each lesson runs in less than `{python} seconds` seconds on the machine that made this page. The next chapter predicts not a
# number but a class: [classification](../ch04_classification/__init__.py).
