"""Problem lists 问题清单."""
