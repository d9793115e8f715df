# %% [markdown] lang="zh"
# # 第 1 章 张量
# 网络只认得数。一张照片、一周的气温、一笔订单，都要先变成排列整齐的数，才能训练。这样排好的数叫**张量**（tensor），
# PyTorch 的一切计算都在它上面进行。训练中最常见的错误也出在这里：形状对不上，或者更糟，形状碰巧对上了，
# 不报错，结果却是错的。
#
# 学完这一章，你能：
#
# - 把读数、表格、图片和视频写成张量，说出每条轴是什么；
# - 不写循环就算完一整张表，并且事先说出结果的形状；
# - 取出、拼接、拆分和重排数据，知道什么时候是在原来的内存上改，什么时候得到的是副本；
# - 认出那些不报错的形状错误。
#
# 需要的准备：会一点 Python（变量、列表、函数、循环），记得中学数学。不需要用过 PyTorch。
#
# ## 课程
#
# | 课 | 学完你能 | 用时 |
# |---|---|---|
# | [创建张量](creation.py) | 说出一份数据有几条轴、多少个数、占多少字节 | 约 `{python} minutes["creation"]` 分钟 |
# | [张量运算与广播](operations.py) | 用一次乘法算完所有订单，预言广播后的形状 | 约 `{python} minutes["operations"]` 分钟 |
# | [张量与 NumPy](numpy_bridge.py) | 在两个库之间传数据，知道谁会跟着谁变 | 约 `{python} minutes["numpy_bridge"]` 分钟 |
# | [拼接与拆分](joining_splitting.py) | 把几份数据拼成一份，再分批取出 | 约 `{python} minutes["joining_splitting"]` 分钟 |
# | [索引与切片](indexing.py) | 按位置、按条件、按列表取数，并安全地修改 | 约 `{python} minutes["indexing"]` 分钟 |
# | [形状与内存](shapes.py) | 看懂一块内存怎样变成行和列，不再把照片打乱 | 约 `{python} minutes["shapes"]` 分钟 |
# | [归约与常用函数](core_functions.py) | 沿正确的轴求和、求平均、标准化，不让指数溢出 | 约 `{python} minutes["core_functions"]` 分钟 |
#
# 全章约 `{python} hours` 小时：慢慢读、自己跑、做完练习。每课的代码除去启动 PyTorch，在生成本页的机器上
# 不到 `{python} seconds` 秒跑完。各课可以单独读；头一回学，按顺序最省力。下一章是 [自动求导](../ch02_autograd/__init__.py)。

# %% [markdown] lang="en"
# # 1 Tensors
# A network understands nothing but numbers. A photo, a week of temperatures, an order at a shop: each must become numbers
# in good order before anything can be trained. Numbers arranged like that are a **tensor**, and everything PyTorch
# calculates, it calculates on tensors. It is also where most mistakes begin: shapes that do not fit or, worse, shapes
# that fit by accident, so that nothing complains and the result is wrong.
#
# After this chapter you can
#
# - write readings, tables, pictures and videos as tensors, and say what each axis means;
# - calculate a whole table without a loop, and say beforehand which shape comes out;
# - pick, join, split and rearrange data, and know when you change the original memory and when a copy;
# - recognize the shape mistakes that raise no error.
#
# What you need: some Python (variables, lists, functions, loops) and school mathematics. No PyTorch yet.
#
# ## Lessons
#
# | Lesson | Afterwards you can | Time |
# |---|---|---|
# | [Creating tensors](creation.py) | say how many axes, numbers and bytes a piece of data has | about `{python} minutes["creation"]` minutes |
# | [Tensor operations and broadcasting](operations.py) | price all orders with one product, and foretell a broadcast shape | about `{python} minutes["operations"]` minutes |
# | [Tensors and NumPy](numpy_bridge.py) | hand data between the two libraries and know which changes with which | about `{python} minutes["numpy_bridge"]` minutes |
# | [Joining and splitting](joining_splitting.py) | put pieces of data together and take them apart in batches | about `{python} minutes["joining_splitting"]` minutes |
# | [Indexing and slicing](indexing.py) | pick values by position, by condition and by list, and change them safely | about `{python} minutes["indexing"]` minutes |
# | [Shapes and memory](shapes.py) | see how one strip of memory becomes rows and columns, and stop scrambling photos | about `{python} minutes["shapes"]` minutes |
# | [Reductions and core functions](core_functions.py) | sum, average and standardize along the right axis, and keep exponentials from overflowing | about `{python} minutes["core_functions"]` minutes |
#
# The whole chapter takes about `{python} hours` hours if you read slowly, run the code and do the exercises. Leaving aside
# the start of PyTorch, the code of each lesson runs in less than `{python} seconds` seconds on the machine that made
# this page. Each lesson can be read alone; the first time, the order is the easiest way. Next comes
# [automatic differentiation](../ch02_autograd/__init__.py).
