# %% [markdown] lang="zh"
# # 第 6 章 训练的手艺
# 网络搭好了，循环也写对了，训练却可能很慢、不稳，或者停在半路。这一章讲让训练又快又稳的手艺，每一样都亲手写一遍，
# 和 PyTorch 自带的对上，再量一量它什么时候有用，什么时候没用。
#
# 学完这一章，你能：
#
# - 说出各种优化器、学习率调度和初始化各做了什么，按问题挑选，而不是照抄；
# - 让很深的网络也训练得动，让学过头的网络收敛一些；
# - 把训练过程记下来、画出来，中断了能接着跑，一位不差；
# - 看着曲线说出训练得了什么病，按顺序排查；
# - 用许多个种子量一量，再相信一个数。
#
# 需要的准备：[神经网络](../ch05_networks/__init__.py) 和 [梯度下降](../ch02_autograd/gradient_descent.py)。
#
# ## 课程
#
# | 课 | 学完你能 | 用时 |
# |---|---|---|
# | [初始化](initialization.py) | 说清起点的大小怎么定，为什么太小学不动、太大就发散 | 约 `{python} minutes["initialization"]` 分钟 |
# | [优化器](optimizers.py) | 亲手写出动量、RMSProp、Adam 和 AdamW，说清它们各解决什么问题 | 约 `{python} minutes["optimizers"]` 分钟 |
# | [学习率调度与梯度裁剪](schedules_clipping.py) | 让学习率按计划变化，拦住过大的梯度，知道两者何时帮倒忙 | 约 `{python} minutes["schedules_clipping"]` 分钟 |
# | [正则化](regularization.py) | 用岭回归、dropout 和早停压住过拟合，量出压过头的地方 | 约 `{python} minutes["regularization"]` 分钟 |
# | [归一化与残差连接](normalization_residuals.py) | 让几十层的网络也训练得动，说清该沿哪个轴求平均 | 约 `{python} minutes["normalization_residuals"]` 分钟 |
# | [监控与检查点](monitoring.py) | 用 TensorBoard 看训练，中断以后从检查点接着跑 | 约 `{python} minutes["monitoring"]` 分钟 |
# | [调试训练](debugging.py) | 从曲线认出八种病，照着清单排查 | 约 `{python} minutes["debugging"]` 分钟 |
# | [可复现性](reproducibility.py) | 让两次运行一位不差，也知道种子管不到什么 | 约 `{python} minutes["reproducibility"]` 分钟 |
#
# 最后是一页 [说法核对](claims_checked.py)：五篇常见教程里的说法，每一条都跑过、量过，并指出哪一课讲它。
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
# - say what optimizers, learning-rate schedules and initialization each do, and choose among them for the problem at hand;
# - train networks of many layers, and restrain those that learn too much by heart;
# - record a training and draw it, and resume it after a break without losing a bit;
# - tell from the curves what ails a training, and look for the cause in a sensible order;
# - measure over many seeds before you believe a number.
#
# What you need: [networks](../ch05_networks/__init__.py) and [gradient descent](../ch02_autograd/gradient_descent.py).
#
# ## Lessons
#
# | Lesson | Afterwards you can | Time |
# |---|---|---|
# | [Initialization](initialization.py) | say how large the first weights should be, why smaller ones learn nothing and larger ones blow up | about `{python} minutes["initialization"]` minutes |
# | [Optimizers](optimizers.py) | write momentum, RMSProp, Adam and AdamW by hand, and say which problem each of them solves | about `{python} minutes["optimizers"]` minutes |
# | [Learning-rate schedules and gradient clipping](schedules_clipping.py) | let the rate follow a plan, stop gradients that are too long, and know when either does harm | about `{python} minutes["schedules_clipping"]` minutes |
# | [Regularization](regularization.py) | hold back overfitting with ridge regression, dropout and early stopping, and measure where it is too much | about `{python} minutes["regularization"]` minutes |
# | [Normalization and residual connections](normalization_residuals.py) | train networks tens of layers deep, and say along which axis to average | about `{python} minutes["normalization_residuals"]` minutes |
# | [Monitoring and checkpoints](monitoring.py) | watch a training in TensorBoard, and go on from a checkpoint after a break | about `{python} minutes["monitoring"]` minutes |
# | [Debugging training](debugging.py) | recognize eight faults by their curves, and search for them by a checklist | about `{python} minutes["debugging"]` minutes |
# | [Reproducibility](reproducibility.py) | make two runs agree in every bit, and know what a seed does not fix | about `{python} minutes["reproducibility"]` minutes |
#
# At the end stands [Claims, checked](claims_checked.py): what five common tutorials say, each claim run and measured, with the
# lesson that shows it.
#
# The time is for reading slowly, running the code and doing the exercises. Leaving aside the start of PyTorch, the code
# runs in less than `{python} seconds` seconds on the machine that made this page.
