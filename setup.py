"""All metadata lives in setup.cfg; this file lets old and new build front ends find it."""

from setuptools import setup

setup()
