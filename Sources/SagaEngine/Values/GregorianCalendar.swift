/// The proleptic Gregorian calendar, counted in days from 1970-01-01.
///
/// A year is taken to start in March, so that the leap day is its last; 400 such years are always
/// 146,097 days, of which 719,468 lie between March of year 0 and 1970.
package enum GregorianCalendar {
    package static func days(toYear year: Int, month: Int, day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let (era, yearOfEra) = marchYear.flooredDivision(by: 400)
        let dayOfYear = firstDay(ofMarchMonth: (month + 9) % 12) + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    package static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (day + 719_468).flooredDivision(by: 146_097)
        // Without the leap days of the era every year has 365 days; the last day of a century and of the
        // era belongs to the year before.
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (
            era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month,
            dayOfYear - firstDay(ofMarchMonth: marchMonth) + 1
        )
    }

    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// From March the months run 31, 30, 31, 30, 31, over and over: 153 days for five.
    private static func firstDay(ofMarchMonth month: Int) -> Int {
        (153 * month + 2) / 5
    }
}

extension Int {
    /// Rounded down, not toward zero, so that the remainder is never negative.
    package func flooredDivision(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
