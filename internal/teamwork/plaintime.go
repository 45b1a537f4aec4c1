package teamwork

import "time"

// plainTime reads a time as nearly all are written, such as 2026-01-31T09:30:00.25Z, at half of what the time
// package takes for it; it is not sure of any other.
func plainTime(text []byte) (time.Time, bool) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[len(text)-1] != 'Z' ||
		text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return time.Time{}, false
	}
	year := 100*two(text, 0) + two(text, 2)
	month, day := two(text, 5), two(text, 8)
	hour, minute, second := two(text, 11), two(text, 14), two(text, 17)
	nanos := fraction(text[19 : len(text)-1])
	if nanos < 0 || year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(month, year) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC), true
}

// notDigits makes any sum that it is in negative.
const notDigits = -1 << 20

// two reads two digits.
func two(text []byte, at int) int {
	tens, ones := text[at]-'0', text[at+1]-'0'
	if tens > 9 || ones > 9 {
		return notDigits
	}
	return 10*int(tens) + int(ones)
}

// fraction reads what stands between the seconds and the Z, in nanoseconds; less than
// zero if it is neither nothing nor a point and up to nine digits.
func fraction(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	if len(text) < 2 || len(text) > 10 || text[0] != '.' {
		return notDigits
	}
	nanos := 0
	for i := 1; i <= 9; i++ {
		nanos *= 10
		if i >= len(text) {
			continue
		}
		digit := text[i] - '0'
		if digit > 9 {
			return notDigits
		}
		nanos += int(digit)
	}
	return nanos
}

// daysIn returns how many days a month has.
func daysIn(month, year int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return days[month]
}

var days = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
