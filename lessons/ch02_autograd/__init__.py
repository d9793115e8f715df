# %% [markdown] lang="zh"
# # 第 2 章 自动求导
# 训练网络，就是把几百万个数各调一点点，让错误变小。往哪边调？导数说了算。没有人手算几百万个导数：PyTorch
# 记下你做过的每一步运算，再倒着走一遍，把导数全部求出来。这一章把这件事拆开来看，然后用它走下山。
#
# 学完这一章，你能：
#
# - 自己写出一个会求导的小程序，说清楚 PyTorch 的 `backward()` 在做什么；
# - 解释梯度为什么会累加、图什么时候被丢掉、内存为什么会越用越多；
# - 分清边算边记的图和事先录好的图，知道录制会丢掉什么；
# - 算出学习率最大能取多少，不靠碰运气。
#
# 需要的准备：[张量](../ch01_tensors/__init__.py) 一章的内容，以及中学里的导数（斜率）。链式法则会从头讲起。
#
# ## 课程
#
# | 课 | 学完你能 | 用时 |
# |---|---|---|
# | [计算图与自动求导](computation_graph.py) | 用不到一百行代码写出自己的求导引擎 | 约 `{python} minutes["computation_graph"]` 分钟 |
# | [动态图与静态图](static_and_dynamic.py) | 说清楚录制、编译和直接运行各有什么得失 | 约 `{python} minutes["static_and_dynamic"]` 分钟 |
# | [梯度下降](gradient_descent.py) | 预言一次训练会收敛、来回摆动还是发散 | 约 `{python} minutes["gradient_descent"]` 分钟 |
#
# 全章约 `{python} hours` 小时：慢慢读、自己跑、做完练习。每课的代码除去启动 PyTorch，在生成本页的机器上
# 不到 `{python} seconds` 秒跑完。下一章用这些工具训练第一个模型：[线性回归](../ch03_linear_regression/__init__.py)。

# %% [markdown] lang="en"
# # 2 Automatic differentiation
# To train a network is to nudge millions of numbers, each a little, so that the error gets smaller. Which way? The
# derivatives say. Nobody works out a million derivatives by hand: PyTorch records every operation you do, walks back
# through the record, and has them all. This chapter takes that machine apart, then uses it to walk downhill.
#
# After this chapter you can
#
# - write a small program that differentiates, and say what `backward()` of PyTorch does;
# - explain why gradients add up, when the graph is thrown away, and why memory keeps growing;
# - tell a graph made on the run from one recorded beforehand, and say what a recording loses;
# - work out the largest learning rate that is safe, instead of trying your luck.
#
# What you need: the chapter on [tensors](../ch01_tensors/__init__.py), and the derivative (the slope) as taught at school.
# The chain rule is explained from the start.
#
# ## Lessons
#
# | Lesson | Afterwards you can | Time |
# |---|---|---|
# | [Computation graphs and autograd](computation_graph.py) | write your own engine that differentiates, in less than a hundred lines | about `{python} minutes["computation_graph"]` minutes |
# | [Dynamic and static graphs](static_and_dynamic.py) | say what recording, compiling and plain running each win and lose | about `{python} minutes["static_and_dynamic"]` minutes |
# | [Gradient descent](gradient_descent.py) | foretell whether a training settles, swings or diverges | about `{python} minutes["gradient_descent"]` minutes |
#
# The whole chapter takes about `{python} hours` hours if you read slowly, run the code and do the exercises. Leaving aside
# the start of PyTorch, the code of each lesson runs in less than `{python} seconds` seconds on the machine that made
# this page. The next chapter trains a first model with these tools: [linear regression](../ch03_linear_regression/__init__.py).
