# %% [markdown] lang="zh"
# # 第 1 章 很小
# 先学[加倍](first.py)（`{python} minutes["first"]` 分钟），再学[第二课](second.py)。
# 一共 `{python} hours` 小时，每课在 `{python} seconds` 秒内跑完。

# %% [markdown] lang="en"
# # 1 Tiny
# First [doubling](first.py) (`{python} minutes["first"]` minutes), then the [second](second.py).
# In all `{python} hours` hours, each lesson runs within `{python} seconds` seconds.
