# For pre-commit only: `language: python` installs the repository, and what it needs is the wheel with the program.
# The wheel itself is built by packaging/python.
from setuptools import setup

setup(
    name="decryptable-pre-commit",
    version="0.1.0",
    install_requires=["decryptable==0.1.0"],
    packages=[],
    py_modules=[],
)
