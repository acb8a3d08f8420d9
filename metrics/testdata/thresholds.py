"""Prints the numbers of thresholds_test.go, with scikit-learn.

pip install scikit-learn==1.9.1 numpy==2.4.6; python thresholds.py
"""

import numpy as np
from reference import binary, labels, logits, scores, truth
from sklearn import metrics as m

print("----")


def show(name, *values):
    print(f"{name:22}", *[repr(float(v)) for v in values])


def ece(confidence, right, bins):
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


show("ap by class", *[m.average_precision_score(labels == c, scores[:, c]) for c in range(3)])
show("ap", np.mean([m.average_precision_score(labels == c, scores[:, c]) for c in range(3)]))
show("auc by class", *[m.roc_auc_score(labels == c, scores[:, c]) for c in range(3)])
show("ap binary", m.average_precision_score(truth, binary))
precision, recall, _ = m.precision_recall_curve(truth, binary)
print("pr curve", recall[::-1].tolist(), precision[::-1].tolist())

for bins in (15, 4):
    show(f"ece {bins}", ece(scores.max(1), logits.argmax(1) == labels, bins))
p = 1 / (1 + np.exp(-binary))
show("ece binary", ece(np.maximum(p, 1 - p), (binary > 0) == truth, 15))

# The same logits as those of 4 labels, 3 of them set somewhere.
set_ = np.array([[(3 * i + 5 * j) % 7 < 3 if j < 3 else False for j in range(4)] for i in range(12)])
said = logits > 0
p = 1 / (1 + np.exp(-logits))
print(set_.astype(int).tolist())
show("labels ap", *[m.average_precision_score(set_[:, c], logits[:, c]) for c in range(3)])
show("labels map", np.mean([m.average_precision_score(set_[:, c], logits[:, c]) for c in range(3)]))
show("labels auc", np.mean([m.roc_auc_score(set_[:, c], logits[:, c]) for c in range(3)]))
show("labels f1 micro", m.f1_score(set_, said, average="micro"))
show("labels exact", m.accuracy_score(set_, said))
show("labels ece", ece(p.ravel(), set_.ravel(), 15))
for name, f in (("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)):
    show("labels " + name, *f(set_, said, average=None, zero_division=0))
