"""The gate lets through what reaches the aims, and names what does not."""
import copy
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import evaluation_gate  # noqa: E402

GOOD = {
    "n": {"pairs": 3600},
    "eer": {"value": 0.0095},
    "tar": {"1e-4": {"value": 0.984}},
    "ms_per_image": {"decode": 500.0, "detect": 60.0, "embed": 40.0},
}


class Gate(unittest.TestCase):
    def misses(self, path, value):
        report = copy.deepcopy(GOOD)
        member = report
        for name in path[:-1]:
            member = member[name]
        member[path[-1]] = value
        return list(evaluation_gate.misses(report))

    def test_each_aim_can_be_missed(self):
        self.assertEqual(list(evaluation_gate.misses(GOOD)), [])
        for path, value in (
            (("n", "pairs"), 3599),
            (("n", "pairs"), 3601),
            (("eer", "value"), 0.0096),
            (("tar", "1e-4", "value"), 0.9839),
            (("ms_per_image", "embed"), 40.1),
        ):
            self.assertEqual(len(self.misses(path, value)), 1, path)


if __name__ == "__main__":
    unittest.main()
