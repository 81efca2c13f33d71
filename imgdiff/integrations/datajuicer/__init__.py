"""Operators of Data-Juicer, registered when it loads this folder, one of its recipe's `custom_operator_paths`."""

from imgdiff.integrations.datajuicer.compare_mapper import ImgdiffCompareMapper

__all__ = ["ImgdiffCompareMapper"]
