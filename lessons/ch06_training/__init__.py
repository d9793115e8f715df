# %% [markdown] lang="zh"
# # 第 6 章 训练的手艺
# 网络搭好了，循环也写对了，训练却可能很慢、不稳，或者停在半路。这一章讲让训练又快又稳的手艺，每一样都亲手写一遍，
# 和 PyTorch 自带的对上，再量一量它什么时候有用，什么时候没用。
#
# 学完这一章，你能：
#
# - 说出各种优化器每一步在做什么，并按问题挑选它和学习率。
#
# 需要的准备：[神经网络](../ch05_networks/__init__.py) 和 [梯度下降](../ch02_autograd/gradient_descent.py)。
#
# ## 课程
#
# | 课 | 学完你能 | 用时 |
# |---|---|---|
# | [优化器](optimizers.py) | 亲手写出动量、RMSProp、Adam 和 AdamW，说清它们各解决什么问题 | 约 `{python} minutes["optimizers"]` 分钟 |
#
# 用时按慢慢读、自己跑、做完练习来算。代码除去启动 PyTorch，在生成本页的机器上不到 `{python} seconds` 秒跑完。

# %% [markdown] lang="en"
# # 6 The craft of training
# The network is built and the loop is right, and still training may be slow, unsteady, or stop half-way. This chapter is about the
# craft of making it fast and steady. Every tool is written by hand, matched with PyTorch's own, and then measured: when does it
# help, and when does it not?
#
# After this chapter you can
#
# - say what each optimizer does in a step, and choose one and its learning rate for the problem at hand.
#
# What you need: [networks](../ch05_networks/__init__.py) and [gradient descent](../ch02_autograd/gradient_descent.py).
#
# ## Lessons
#
# | Lesson | Afterwards you can | Time |
# |---|---|---|
# | [Optimizers](optimizers.py) | write momentum, RMSProp, Adam and AdamW by hand, and say which problem each of them solves | about `{python} minutes["optimizers"]` minutes |
#
# The time is for reading slowly, running the code and doing the exercises. Leaving aside the start of PyTorch, the code
# runs in less than `{python} seconds` seconds on the machine that made this page.
