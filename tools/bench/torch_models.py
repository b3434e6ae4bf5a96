"""The models of peer_models.py in PyTorch, with Keras's weights: build(name, weights) -> a module that gives logits."""
import numpy as np
import torch
from torch import nn


class Mlp(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))

    def in_keras_order(self):
        return [self[0], self[2], self[4]]


class Cnn(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10))

    def in_keras_order(self):
        return [self[0], self[3], self[7], self[9]]


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.lstm, self.head = nn.Embedding(5000, 64), nn.LSTM(64, 64, batch_first=True), nn.Linear(64, 1)

    def forward(self, x):
        return self.head(self.lstm(self.embedding(x))[0][:, -1])

    def in_keras_order(self):
        return [self.embedding, self.lstm, self.head]


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1.001e-5, momentum=0.01)


class Block(nn.Module):
    """As keras.applications has it: the stride is in the first convolution, and convolutions have biases."""

    def __init__(self, channels, width, stride, projects):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(channels, width, 1, stride), norm(width)
        self.conv2, self.norm2 = nn.Conv2d(width, width, 3, padding=1), norm(width)
        self.conv3, self.norm3 = nn.Conv2d(width, 4 * width, 1), norm(4 * width)
        self.relu = nn.ReLU(inplace=True)
        if projects:
            self.conv0, self.norm0 = nn.Conv2d(channels, 4 * width, 1, stride), norm(4 * width)
        self.projects = projects

    def forward(self, x):
        shortcut = self.norm0(self.conv0(x)) if self.projects else x
        x = self.relu(self.norm1(self.conv1(x)))
        x = self.relu(self.norm2(self.conv2(x)))
        return self.relu(shortcut + self.norm3(self.conv3(x)))

    def in_keras_order(self):
        first = [self.conv1, self.norm1, self.conv2, self.norm2]
        if not self.projects:
            return first + [self.conv3, self.norm3]
        return first + [self.conv0, self.conv3, self.norm0, self.norm3]


class ResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.stem_norm = nn.Conv2d(3, 64, 7, 2, padding=3), norm(64)
        self.pool = nn.MaxPool2d(3, 2, padding=1)
        blocks, channels = [], 64
        for width, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
            for i in range(count):
                blocks.append(Block(channels, width, stride if i == 0 else 1, i == 0))
                channels = 4 * width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(2048, 1000)

    def forward(self, x):
        x = self.pool(torch.relu(self.stem_norm(self.stem(x))))
        return self.head(self.blocks(x).mean((2, 3)))

    def in_keras_order(self):
        inner = [layer for block in self.blocks for layer in block.in_keras_order()]
        return [self.stem, self.stem_norm, *inner, self.head]


def set_weights(layer, take):
    def give(parameter, value):
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))

    if isinstance(layer, nn.BatchNorm2d):
        for parameter in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
            give(parameter, take())
        return
    if isinstance(layer, nn.Embedding):
        return give(layer.weight, take())
    if isinstance(layer, nn.LSTM):  # gates in Keras's order; Keras has one bias
        give(layer.weight_ih_l0, take().T)
        give(layer.weight_hh_l0, take().T)
        give(layer.bias_ih_l0, take())
        return give(layer.bias_hh_l0, np.zeros(256, np.float32))
    kernel = take()
    if kernel.shape == (1600, 128):  # behind a Flatten of [5, 5, 64], which here is [64, 5, 5]
        kernel = kernel.reshape(5, 5, 64, 128).transpose(2, 0, 1, 3).reshape(1600, 128)
    give(layer.weight, kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T)
    give(layer.bias, take())


def build(name, weights):
    model = {"mlp": Mlp, "cnn": Cnn, "lstm": Lstm, "resnet50": ResNet50}[name]()
    values = iter(weights)
    for layer in model.in_keras_order():
        set_weights(layer, lambda: next(values))
    assert next(values, None) is None
    return model
