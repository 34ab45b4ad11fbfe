"""Surveys 问卷."""
