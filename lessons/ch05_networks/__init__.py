# %% [markdown] lang="zh"
# # 第 5 章 神经网络
# 在两层线性模型之间夹一个弯折，就是神经网络。它能画出直线画不了的边界，也带来新的问题：
# 同样的代码，换一个随机种子就可能失败；训练数据全答对，也可能什么都没学会。
#
# 学完这一章，你能：
#
# - 用 `nn.Sequential` 搭一个网络，训练它，并用没见过的数据给它打分；
# - 分清学会了和背下来了；
# - 说出宽度、激活函数和随机种子各自怎样决定边界的形状。
#
# 需要的准备：[线性回归](../ch03_linear_regression/__init__.py) 的训练循环和 [分类](../ch04_classification/__init__.py) 的交叉熵。
#
# ## 课程
#
# | 课 | 学完你能 | 用时 |
# |---|---|---|
# | [第一个神经网络](first_network.py) | 搭一个网络，训练它，判断它是学会了还是背下来了 | 约 `{python} minutes["first_network"]` 分钟 |
# | [决策边界](decision_boundaries.py) | 看懂宽度、激活函数和随机种子怎样决定网络能画出的形状 | 约 `{python} minutes["decision_boundaries"]` 分钟 |
# | [反向传播](backpropagation.py) | 亲手写出每一层的导数，用形状看出转置该放在哪里 | 约 `{python} minutes["backpropagation"]` 分钟 |
# | [激活函数](activations.py) | 说出每种弯法的斜率，认出饱和与死掉的单元 | 约 `{python} minutes["activations"]` 分钟 |
#
# 全章约 `{python} hours` 小时：慢慢读、自己跑、做完练习。每课的代码除去启动 PyTorch，在生成本页的机器上
# 不到 `{python} seconds` 秒跑完。下一章是 [训练的手艺](../ch06_training/__init__.py)。

# %% [markdown] lang="en"
# # 5 Networks
# Put a bend between two linear models and you have a neural network. It draws boundaries that no line can, and brings
# new questions: the same code may fail with another random seed, and a network that answers every training sample
# correctly may have learned nothing.
#
# After this chapter you can
#
# - build a network with `nn.Sequential`, train it, and score it on data it has never seen;
# - tell learning from memorizing;
# - say how width, activation function and random seed each shape the boundary.
#
# What you need: the training loop of [linear regression](../ch03_linear_regression/__init__.py) and the cross-entropy of
# [classification](../ch04_classification/__init__.py).
#
# ## Lessons
#
# | Lesson | Afterwards you can | Time |
# |---|---|---|
# | [Your first network](first_network.py) | build a network, train it, and tell learning from memorizing | about `{python} minutes["first_network"]` minutes |
# | [Decision boundaries](decision_boundaries.py) | see how width, activation and the seed decide which shapes a network can draw | about `{python} minutes["decision_boundaries"]` minutes |
# | [Backpropagation](backpropagation.py) | write the derivatives of every layer by hand, and see from the shapes where a transpose belongs | about `{python} minutes["backpropagation"]` minutes |
# | [Activation functions](activations.py) | say what slope each bend has, and recognize saturation and dead units | about `{python} minutes["activations"]` minutes |
#
# The whole chapter takes about `{python} hours` hours if you read slowly, run the code and do the exercises. Leaving aside
# the start of PyTorch, the code of each lesson runs in less than `{python} seconds` seconds on the machine that made
# this page. Next comes the [craft of training](../ch06_training/__init__.py).
