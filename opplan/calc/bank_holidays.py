"""Bank holidays of England, April 2010 to March 2018: the days on which planned care does not run.

They cover the financial years 2010-11 to 2017-18. A holiday that fell at a weekend stands here on the weekday that was
given in its place, so every day below is a Monday to Friday. From general knowledge of the Banking and Financial
Dealings Act 1971 and royal proclamations; the tests work out the ordinary ones again from the date of Easter.
"""

from datetime import date

__all__ = ["BANK_HOLIDAYS_OF_ENGLAND"]

BANK_HOLIDAYS_OF_ENGLAND: frozenset[date] = frozenset(
    date.fromisoformat(day)
    for day in (
        # 2010-11
        "2010-04-02",  # Good Friday
        "2010-04-05",  # Easter Monday
        "2010-05-03",  # early May
        "2010-05-31",  # spring
        "2010-08-30",  # summer
        "2010-12-27",  # in place of Christmas Day, a Saturday
        "2010-12-28",  # in place of Boxing Day, a Sunday
        "2011-01-03",  # in place of New Year's Day, a Saturday
        # 2011-12
        "2011-04-22",  # Good Friday
        "2011-04-25",  # Easter Monday
        "2011-04-29",  # royal wedding
        "2011-05-02",  # early May
        "2011-05-30",  # spring
        "2011-08-29",  # summer
        "2011-12-26",  # Boxing Day
        "2011-12-27",  # in place of Christmas Day, a Sunday
        "2012-01-02",  # in place of New Year's Day, a Sunday
        # 2012-13
        "2012-04-06",  # Good Friday
        "2012-04-09",  # Easter Monday
        "2012-05-07",  # early May
        "2012-06-04",  # spring, moved from the last Monday of May
        "2012-06-05",  # Diamond Jubilee
        "2012-08-27",  # summer
        "2012-12-25",  # Christmas Day
        "2012-12-26",  # Boxing Day
        "2013-01-01",  # New Year's Day
        "2013-03-29",  # Good Friday
        # 2013-14
        "2013-04-01",  # Easter Monday
        "2013-05-06",  # early May
        "2013-05-27",  # spring
        "2013-08-26",  # summer
        "2013-12-25",  # Christmas Day
        "2013-12-26",  # Boxing Day
        "2014-01-01",  # New Year's Day
        # 2014-15
        "2014-04-18",  # Good Friday
        "2014-04-21",  # Easter Monday
        "2014-05-05",  # early May
        "2014-05-26",  # spring
        "2014-08-25",  # summer
        "2014-12-25",  # Christmas Day
        "2014-12-26",  # Boxing Day
        "2015-01-01",  # New Year's Day
        # 2015-16
        "2015-04-03",  # Good Friday
        "2015-04-06",  # Easter Monday
        "2015-05-04",  # early May
        "2015-05-25",  # spring
        "2015-08-31",  # summer
        "2015-12-25",  # Christmas Day
        "2015-12-28",  # in place of Boxing Day, a Saturday
        "2016-01-01",  # New Year's Day
        "2016-03-25",  # Good Friday
        "2016-03-28",  # Easter Monday
        # 2016-17
        "2016-05-02",  # early May
        "2016-05-30",  # spring
        "2016-08-29",  # summer
        "2016-12-26",  # Boxing Day
        "2016-12-27",  # in place of Christmas Day, a Sunday
        "2017-01-02",  # in place of New Year's Day, a Sunday
        # 2017-18
        "2017-04-14",  # Good Friday
        "2017-04-17",  # Easter Monday
        "2017-05-01",  # early May
        "2017-05-29",  # spring
        "2017-08-28",  # summer
        "2017-12-25",  # Christmas Day
        "2017-12-26",  # Boxing Day
        "2018-01-01",  # New Year's Day
        "2018-03-30",  # Good Friday
    )
)
