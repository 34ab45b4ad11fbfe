"""What is used here of chinesecalendar: each published day off or make-up day, and the festival it is for."""

from datetime import date

holidays: dict[date, str]
workdays: dict[date, str]
