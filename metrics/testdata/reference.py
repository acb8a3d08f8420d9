"""Prints the numbers of metrics_test.go and writes report.txt, with scikit-learn.

pip install scikit-learn==1.9.1 numpy==2.4.6; python reference.py
"""

import warnings

import numpy as np
from sklearn import metrics as m

warnings.simplefilter("ignore")

# Logits of 12 samples and 4 classes; class 3 is never the label, class 2 never predicted.
logits = np.array(
    [
        [2.0, 1.0, 0.5, -1.0],
        [0.1, 1.2, 0.3, 0.0],
        [1.5, 0.2, 1.4, -2.0],
        [0.0, 0.3, 0.2, 0.9],
        [3.0, -1.0, 2.0, 0.0],
        [-0.5, 0.6, 0.1, 0.2],
        [0.7, 0.65, -0.3, 0.1],
        [1.1, 2.2, 0.9, -0.4],
        [0.25, 0.5, 0.45, 0.4],
        [-1.0, -2.0, -1.5, -3.0],
        [0.8, 0.9, 0.6, 0.7],
        [2.5, 0.0, 1.0, 0.5],
    ]
)
labels = np.array([0, 1, 2, 1, 0, 1, 1, 0, 2, 0, 1, 2])
predicted = logits.argmax(1)


def show(name, *values):
    print(f"{name:22}", *[repr(float(v)) for v in values])


show("accuracy", m.accuracy_score(labels, predicted))
for k in (1, 2, 3):
    show(f"top{k}", m.top_k_accuracy_score(labels, logits, k=k, labels=range(4)))
show("f1_macro", m.f1_score(labels, predicted, average="macro"))
show("precision_macro", m.precision_score(labels, predicted, average="macro"))
show("recall_macro", m.recall_score(labels, predicted, average="macro"))
print(m.confusion_matrix(labels, predicted, labels=range(4)).tolist())

with open("report.txt", "w") as f:
    f.write(m.classification_report(labels, predicted, labels=range(4), target_names=["circle", "square", "a long class name", "star"]))
    f.write("---\n")
    f.write(m.classification_report(labels, predicted, labels=[0, 1, 2, 3]))

# One against the rest. The probability of a class is a rising function of this log-odds, so the order is the same.
scores = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
show("auc ovr", np.mean([m.roc_auc_score(labels == c, scores[:, c]) for c in range(3)]))

binary = np.array([-1.5, 0.2, 0.2, 2.0, -0.3, 0.8, 0.2, -2.0])
truth = np.array([0, 1, 0, 1, 1, 1, 0, 0])
fpr, tpr, _ = m.roc_curve(truth, binary, drop_intermediate=False)
show("auc binary", m.roc_auc_score(truth, binary))
print("curve", fpr.tolist(), tpr.tolist())
show("binary f1 accuracy", m.f1_score(truth, binary > 0, average="macro"), m.accuracy_score(truth, binary > 0))

y = np.array([[1.0, 10.0], [2.0, 30.0], [4.0, 20.0], [3.5, 25.0]])
p = np.array([[1.5, 12.0], [1.75, 25.0], [4.5, 22.5], [3.0, 30.0]])
show("mse mae r2", m.mean_squared_error(y, p), m.mean_absolute_error(y, p), m.r2_score(y, p))
show("one column", m.mean_squared_error(y[:, 0], p[:, 0]), m.mean_absolute_error(y[:, 0], p[:, 0]), m.r2_score(y[:, 0], p[:, 0]))
show("r2 constant", m.r2_score([2, 2, 2], [2, 2, 2]), m.r2_score([2, 2, 2], [2, 2, 3]))
