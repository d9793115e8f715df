# %% [markdown] lang="zh"
# # 第二课
# 用上[第一课](first.py#run-it)的 `double`。

# %% [markdown] lang="en"
# # Lesson two
# Uses `double` of [lesson one](first.py#run-it).

# %%
from lessons.ch01_tiny.first import double

# %%
if __name__ == "__main__":
    print(double(double(1)))
