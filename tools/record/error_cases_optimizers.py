"""Optimizers of arguments that Keras refuses, or may refuse, for error_cases.py: made, and called for a step. Their rows go into
errors.json ("optimizer"), so that the test makes the same: "legacy_..." of tf.keras 2.2 and of 2.15's keras.optimizers.legacy,
"new_..." of 2.15's other ones and Keras 3's."""
from producer import KERAS3, OLD

import numpy as np
import tensorflow as tf

# Of any rule.
COMMON = [
    ("rate_text", dict(learning_rate="abc")), ("rate_list", dict(learning_rate=[0.1])), ("rate_none", dict(learning_rate=None)),
    ("rate_whole", dict(learning_rate=1)), ("rate_negative", dict(learning_rate=-0.1)), ("rate_flag", dict(learning_rate=True)), ("rate_dict", dict(learning_rate={})),
    ("clipnorm_negative", dict(clipnorm=-1.0)), ("clipnorm_zero", dict(clipnorm=0.0)), ("clipnorm_text", dict(clipnorm="a")), ("clipnorm_whole", dict(clipnorm=1)),
    ("clipvalue_negative", dict(clipvalue=-0.5)), ("clipvalue_zero", dict(clipvalue=0.0)), ("clipvalue_text", dict(clipvalue="a")),
    ("global_clipnorm_negative", dict(global_clipnorm=-1.0)), ("global_clipnorm", dict(global_clipnorm=1.0)),
    ("clipnorm_and_clipvalue", dict(clipnorm=1.0, clipvalue=0.5)), ("clipnorm_and_global", dict(clipnorm=1.0, global_clipnorm=0.5)),
    ("clipvalue_and_global", dict(clipvalue=1.0, global_clipnorm=0.5)), ("three_clips", dict(clipnorm=1.0, clipvalue=1.0, global_clipnorm=0.5)),
    ("unknown", dict(foo=1)), ("two_unknown", dict(foo=1, bar=None)), ("unknown_none", dict(foo=None)),
    ("decay", dict(decay=0.5)), ("decay_negative", dict(decay=-0.5)), ("decay_text", dict(decay="a")), ("lr", dict(lr=0.5)), ("lr_negative", dict(lr=-0.5)),
    ("name_number", dict(name=3)), ("name_none", dict(name=None)),
    ("jit_compile", dict(jit_compile=True)), ("weight_decay", dict(weight_decay=0.5)), ("weight_decay_negative", dict(weight_decay=-0.5)), ("weight_decay_text", dict(weight_decay="a")),
    ("ema", dict(use_ema=True)), ("ema_momentum_large", dict(use_ema=True, ema_momentum=1.5)), ("ema_momentum_negative", dict(use_ema=True, ema_momentum=-0.5)),
    ("ema_momentum_unused", dict(ema_momentum=1.5)), ("ema_frequency_zero", dict(use_ema=True, ema_overwrite_frequency=0)),
    ("ema_frequency_negative", dict(use_ema=True, ema_overwrite_frequency=-1)), ("ema_frequency_broken", dict(use_ema=True, ema_overwrite_frequency=1.5)),
    ("ema_frequency_unused", dict(ema_overwrite_frequency=-1)),
    ("accumulation_zero", dict(gradient_accumulation_steps=0)), ("accumulation_one", dict(gradient_accumulation_steps=1)), ("accumulation_negative", dict(gradient_accumulation_steps=-1)),
    ("accumulation_two", dict(gradient_accumulation_steps=2)), ("loss_scale_factor", dict(loss_scale_factor=2.0)), ("loss_scale_text", dict(loss_scale_factor="a")),
]
RULES = [
    ("sgd_momentum_large", "SGD", dict(momentum=1.5)), ("sgd_momentum_negative", "SGD", dict(momentum=-0.5)), ("sgd_momentum_text", "SGD", dict(momentum="a")), ("sgd_beta", "SGD", dict(beta_1=0.5)),
    ("rmsprop_momentum_large", "RMSprop", dict(momentum=1.5)), ("rmsprop_momentum_negative", "RMSprop", dict(momentum=-0.5)), ("rmsprop_rho_text", "RMSprop", dict(rho="a")), ("rmsprop_rho_large", "RMSprop", dict(rho=1.5)),
    ("adam_beta_text", "Adam", dict(beta_1="a")), ("adam_beta_large", "Adam", dict(beta_1=1.5)), ("adam_epsilon_none", "Adam", dict(epsilon=None)), ("adam_epsilon_text", "Adam", dict(epsilon="a")), ("adam_momentum", "Adam", dict(momentum=0.5)),
    ("adagrad_accumulator", "Adagrad", dict(initial_accumulator_value=-0.1)), ("adadelta_rho", "Adadelta", dict(rho=1.5)),
    ("ftrl_power", "Ftrl", dict(learning_rate_power=0.5)), ("ftrl_accumulator", "Ftrl", dict(initial_accumulator_value=-0.1)), ("ftrl_l1", "Ftrl", dict(l1_regularization_strength=-0.1)),
    ("ftrl_l2", "Ftrl", dict(l2_regularization_strength=-0.1)), ("ftrl_shrinkage", "Ftrl", dict(l2_shrinkage_regularization_strength=-0.1)),
    ("nadam_decay", "Nadam", dict(schedule_decay=0.1)), ("adamw_decay_none", "AdamW", dict(weight_decay=None)), ("lion_beta_zero", "Lion", dict(beta_1=0.0)), ("lion_beta_large", "Lion", dict(beta_1=1.5)),
    ("lion_beta_2", "Lion", dict(beta_2=1.5)), ("adafactor_relative", "Adafactor", dict(relative_step=False)), ("muon_steps", "Muon", dict(ns_steps=0)), ("muon_layers", "Muon", dict(exclude_layers="a")),
    ("lamb_beta", "Lamb", dict(beta_1=1.5)), ("schedule_free_warmup", "ScheduleFreeAdamW", dict(warmup_steps=-1)),
]


def add(case, keras):
    rooms = {"legacy": keras.optimizers} if OLD else {"new": keras.optimizers} if KERAS3 else {"new": keras.optimizers, "legacy": keras.optimizers.legacy}
    for kind, room in rooms.items():
        for name, class_name, config in [("sgd_" + name, "SGD", config) for name, config in COMMON] + RULES:
            made = getattr(room, class_name, None)
            if made is None:
                continue

            def call(made=made, config=config):
                optimizer = made(**config)
                value = np.ones(2, "float32")
                variable = keras.Variable(value, name="v") if KERAS3 else tf.Variable(value, name="v")
                optimizer.apply_gradients([(tf.constant(value), variable)])

            call.row = {"optimizer": {"class_name": class_name, "config": config}}
            words = "%s(%s) and a step" % (class_name, ", ".join("%s=%r" % item for item in config.items()))
            case(kind + "_" + name, ("legacy." if kind == "legacy" else "") + words)(call)
