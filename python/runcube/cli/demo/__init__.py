"""`runcube demo`: a robustness study of a digit classifier, checked against memory."""
