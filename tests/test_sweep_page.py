"""How notebooks show a sweep."""

from html.parser import HTMLParser

from runcube import open_sweep
from runcube.testing import make_tree
from written_jobs import job


class Outline(HTMLParser):
    """The text of the page, that of folded parts by their titles, and whether tags match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.texts, self.folded = [], [], {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):  # noqa: D102
        self.open.append(tag)

    def handle_endtag(self, tag):  # noqa: D102
        assert self.open.pop() == tag

    def handle_data(self, data):  # noqa: D102
        if self.open[-1] == "summary":
            self.title = data
            self.folded[data] = []
        elif "details" in self.open:
            self.folded[self.title].append(data)
        else:
            self.texts.append(data)


def test_axes_stand_open_and_metrics_and_problems_are_folded(tmp_path):
    tree = make_tree(tmp_path, axes={"lr": [0.1, 0.2], "seed": range(20)}).path
    (tree / "3" / "metrics.npz").write_bytes(b"PK")
    page = Outline(open_sweep(tree)._repr_html_())
    assert page.open == []
    assert " · 40 jobs, incomplete · " in page.texts
    assert str(tree) in page.texts
    assert page.texts[-6:] == [
        "lr", "2", "0.1, 0.2", "seed", "20", ", ".join([*map(str, range(12)), "…"])
    ]  # fmt: skip
    assert "loss" in page.folded[next(name for name in page.folded if name.startswith("metrics"))]
    kind, path, _ = page.folded["problems (1)"][3:]
    assert (kind, path) == ("corrupt", str(tree / "3" / "metrics.npz"))


def test_names_and_values_are_text_and_no_markup(tmp_path):
    job(tmp_path / "0", ["x='<b>&'", "same='<i>'"], {"<u>": 1.0})
    job(tmp_path / "1", ["x=2", "same='<i>'"], {"<u>": 1.0})
    page = Outline(open_sweep(tmp_path)._repr_html_())
    assert "'<b>&', 2" in page.texts
    assert page.folded["fixed (1)"][2:] == ["same", "'<i>'"]
    assert page.folded["metrics (1)"] == ["metric", "<u>"]


def test_many_problems_are_counted_and_not_all_listed(tmp_path):
    tree = make_tree(tmp_path, axes={"x": range(130)}).path
    for number in range(120):
        (tree / str(number) / "metrics.npz").write_bytes(b"PK")
    page = Outline(open_sweep(tree)._repr_html_())
    folded = page.folded["problems (120)"]
    assert folded.count("corrupt") == 100
    assert folded[-2:] == ["and 20 more, in ", "sweep.problems"]
