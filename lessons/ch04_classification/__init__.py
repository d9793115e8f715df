# %% [markdown] lang="zh"
# # 第 4 章 分类
# 考试能不能及格？这封信是不是垃圾邮件？答案不是一个数，而是一个类别，再加上“有多大把握”。
# 这一章把线性模型的得分变成概率，并找到与概率相配的损失。
#
# 学完这一章，你能：
#
# - 把任意大小的得分变成概率，再由概率做出判断；
# - 说清分类为什么用交叉熵，而不用均方误差；
# - 看出一条直线分得开什么、分不开什么；
# - 在十个类别里选一个，并说出有多大把握；
# - 诚实地估计模型在新数据上的表现。
#
# 需要的准备：[线性回归](../ch03_linear_regression/__init__.py) 里的训练循环。
#
# ## 课程
#
# | 课 | 学完你能 | 用时 |
# |---|---|---|
# | [逻辑回归](logistic_regression.py) | 把得分变成概率，说清楚交叉熵为什么是对的损失 | 约 `{python} minutes["logistic_regression"]` 分钟 |
# | [softmax 回归](softmax_regression.py) | 在两类以上里做选择，看出模型常把谁认成谁 | 约 `{python} minutes["softmax_regression"]` 分钟 |
# | [泛化](generalization.py) | 诚实地估计模型在新数据上的表现，认出泄漏和过拟合 | 约 `{python} minutes["generalization"]` 分钟 |
#
# 全章约 `{python} hours` 小时：慢慢读、自己跑、做完练习。每课的代码除去启动 PyTorch，在生成本页的机器上
# 不到 `{python} seconds` 秒跑完。
# 直线分不开的，交给下一章的 [神经网络](../ch05_networks/__init__.py)。

# %% [markdown] lang="en"
# # 4 Classification
# Will the student pass? Is this letter spam? The answer is not a number but a class, together with how sure one may be.
# This chapter turns the score of a linear model into a probability and finds the loss that goes with it.
#
# After this chapter you can
#
# - turn a score of any size into a probability, and a probability into a decision;
# - say why classification uses cross-entropy and not squared error;
# - see what a straight line can separate and what it cannot;
# - pick one of ten classes, and say how sure you are;
# - judge honestly how a model will do on new data.
#
# What you need: the training loop of [linear regression](../ch03_linear_regression/__init__.py).
#
# ## Lessons
#
# | Lesson | Afterwards you can | Time |
# |---|---|---|
# | [Logistic regression](logistic_regression.py) | turn scores into probabilities and say why cross-entropy is the right loss | about `{python} minutes["logistic_regression"]` minutes |
# | [Softmax regression](softmax_regression.py) | choose among more than two classes, and see which the model takes for which | about `{python} minutes["softmax_regression"]` minutes |
# | [Generalization](generalization.py) | judge honestly how a model will do on new data, and recognize leakage and overfitting | about `{python} minutes["generalization"]` minutes |
#
# The whole chapter takes about `{python} hours` hours if you read slowly, run the code and do the exercises. Leaving aside
# the start of PyTorch, the code of each lesson runs in less than `{python} seconds` seconds on the machine that made this page. What no straight line can separate is left
# to the [networks](../ch05_networks/__init__.py) of the next chapter.
