"""The recogniser: a text line of 32 rows in, one distribution over characters for every 4 columns out.

Convolutions bring the picture to 1/4 width and one row; depthwise temporal blocks then look along
the line. Nothing recurrent: each step is a few matrix products, easy to run in plain C.
"""
import torch
from torch import nn

WIDTHS = (32, 48, 96)
DEPTH = 192
BLOCKS = 4
REACH = 9  # steps a temporal block sees


def conv(i, o, kernel, stride, pad):
    return nn.Sequential(nn.Conv2d(i, o, kernel, stride, pad, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(c)

    def forward(self, x):
        return torch.relu(x + self.norm(self.conv(x)))


class Temporal(nn.Module):
    """Depthwise along the line, then a small perceptron a step."""

    def __init__(self, c):
        super().__init__()
        self.along = nn.Conv2d(c, c, (1, REACH), 1, (0, REACH // 2), groups=c, bias=False)
        self.norm = nn.BatchNorm2d(c)
        self.wide = nn.Conv2d(c, 2 * c, 1)
        self.back = nn.Conv2d(2 * c, c, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(c)

    def forward(self, x):
        return x + self.norm2(self.back(torch.relu(self.wide(self.norm(self.along(x))))))


class Reader(nn.Module):
    def __init__(self, classes):
        super().__init__()
        a, b, c = WIDTHS
        self.conv1 = conv(1, a, 3, 2, 1)             # 16 rows, 1/2 width
        self.conv2 = conv(a, b, 3, 2, 1)             # 8 rows, 1/4 width
        self.res1 = Residual(b)
        self.conv3 = conv(b, c, 3, (2, 1), 1)        # 4 rows
        self.res2 = Residual(c)
        self.conv4 = conv(c, DEPTH, (4, 1), 1, 0)    # 1 row
        self.along = nn.Sequential(*[Temporal(DEPTH) for _ in range(BLOCKS)])
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(DEPTH, classes)

    def forward(self, x):
        x = self.res2(self.conv3(self.res1(self.conv2(self.conv1(x)))))
        x = self.along(self.conv4(x)).squeeze(2).transpose(1, 2)
        return self.out(self.drop(x))
