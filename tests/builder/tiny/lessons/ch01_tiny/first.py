# %% [markdown] lang="zh"
# # 第一课：“加倍”
# 把一个数加倍，
# 用 $y = 2x$。见[术语表](/glossary.md#learning-rate)。

# %% [markdown] lang="en"
# # Lesson one: "doubling"
# Double a number,
# with $y = 2x$. See the [glossary](/glossary.md#learning-rate).

# %%
import matplotlib.pyplot as plt

FACTOR = 2


def double(x: int) -> int:
    """Twice ``x`` (两倍)."""
    return FACTOR * x


# %% [markdown] lang="zh"
# ## 运行它
# 数字 21 的两倍是多少？

# %% [markdown] lang="en"
# ## Run it
# What is twice 21?

# %%
if __name__ == "__main__":
    answer = double(21)
    print(answer)

# %% [markdown] lang="zh"
# 答案是 `{python} answer`，来自 `double`。

# %% [markdown] lang="en"
# The answer is `{python} answer`, from `double`.

# %% alt_zh="一条线，升到 `{python} answer`" alt_en="A line that rises to `{python} answer`"
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, answer], label="step 1 of 2")
    ax.set_ylabel("learning rate")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 除以零会报错。

# %% [markdown] lang="en" tags=["bug"]
# Dividing by zero fails.

# %% tags=["bug"]
if __name__ == "__main__":
    try:
        print(1 / 0)
    except ZeroDivisionError as error:
        print(error)

# %% [markdown] lang="zh" tags=["exercise"]
# 写出一半。

# %% [markdown] lang="en" tags=["exercise"]
# Write the half.


# %% tags=["solution"]
def half(x: float) -> float:
    """Half of ``x`` (一半)."""
    return x / 2
