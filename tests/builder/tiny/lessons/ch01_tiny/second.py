# %% [markdown] lang="zh"
# # 第二课
# 用上[第一课](first.py#run-it)的 `double`，回到[第 1 章](__init__.py)。

# %% [markdown] lang="en"
# # Lesson two
# Uses `double` of [lesson one](first.py#run-it), back to [chapter 1](__init__.py).

# %%
from lessons.ch01_tiny.first import double

# %%
if __name__ == "__main__":
    print(double(double(1)))
