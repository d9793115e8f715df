import matplotlib

matplotlib.use("Agg")

import torch

# Tiny models: a second thread burns a core and saves no time, and pytest already runs one process a core.
torch.set_num_threads(1)
