import Expressions
import SagaValues
import Testing

/// Facts from google/cel-spec, tests/simple/testdata: string 1b11a354, string_ext 128344ec, conversions 1d3d1f2e (bool of
/// v0.25), math_ext 131afce0. Results that CEL has as doubles are decimals here, of the scale that was asked for.
@Suite("Conformance: functions")
struct FunctionConformance {
    @Test("Text", arguments: textCases)
    func text(_ example: Case) throws { try example.check() }

    @Test("The strings extension", arguments: extendedCases)
    func extended(_ example: Case) throws { try example.check() }

    @Test("What the strings extension refuses", arguments: refusedCases)
    func refused(_ text: String, _ code: EvaluationError.Code) throws { try Case(text, .error(code)).check() }

    @Test("Conversions", arguments: conversionsCases)
    func conversions(_ example: Case) throws { try example.check() }

    @Test("The math extension", arguments: mathematicsCases)
    func mathematics(_ example: Case) throws { try example.check() }
}

private let textCases: [Case] = [
    Case("size('')", 0), Case("size('A')", 1), Case("size('ÿ')", 1), Case("size('πέντε')", 5), Case("'four'.size()", 4),
    Case("size([])", 0), Case("[1, 2, 3].size()", 3), Case("size({'a': 1})", 1), Case("size(1)", .noOverload),
    Case("'foobar'.startsWith('foo')", true), Case("'foobar'.startsWith('bar')", false),
    Case("''.startsWith('foo')", false), Case("'foobar'.startsWith('')", true), Case("''.startsWith('')", true),
    Case("'завтра'.startsWith('за')", true), Case("'foobar'.endsWith('bar')", true),
    Case("'foobar'.endsWith('foo')", false), Case("''.endsWith('foo')", false), Case("'foobar'.endsWith('')", true),
    Case("'forté'.endsWith('té')", true), Case("'hubba'.matches('ubb')", true), Case("''.matches('foo|bar')", false),
    Case("'cows'.matches('')", true), Case("''.matches('')", true), Case("'abcd'.matches('bc')", true),
    Case("'grey'.matches('gr(a|e)y')", true), Case("'banana'.matches('ba(na)*')", true),
    Case("'mañana'.matches('a+ñ+a+')", true), Case("matches('hubba', 'ubb')", true),
    Case("1.matches('1')", .noOverload),
    Case("'he' + 'llo'", "hello"), Case("'hello' + ' ' == 'hello'", false), Case("'' + 'abc'", "abc"),
    Case("'¢' + 'ÿ' + 'Ȁ'", "¢ÿȀ"), Case("'hello'.contains('he')", true), Case("'hello'.contains('')", true),
    Case("'hello'.contains('ol')", false), Case("'abababc'.contains('ababc')", true),
    Case("'Straße'.contains('aß')", true),
]

private let extendedCases: [Case] = [
    Case("'tacocat'.charAt(3)", "o"), Case("'tacocat'.charAt(7)", ""), Case("'©αT'.charAt(1)", "α"),
    Case("'tacocat'.indexOf('')", 0), Case("'tacocat'.indexOf('ac')", 1), Case("'tacocat'.indexOf('none')", -1),
    Case("'tacocat'.indexOf('', 3)", 3), Case("'tacocat'.indexOf('a', 3)", 5), Case("'tacocat'.indexOf('at', 3)", 5),
    Case("'ta©o©αT'.indexOf('©')", 2), Case("'ta©o©αT'.indexOf('©', 3)", 4), Case("'ta©o©αT'.indexOf('©αT', 3)", 4),
    Case("'ta©o©αT'.indexOf('©α', 5)", -1), Case("'ijk'.indexOf('k')", 2),
    Case("'hello wello'.indexOf('hello wello')", 0), Case("'hello wello'.indexOf('ello', 6)", 7),
    Case("'hello wello'.indexOf('elbo room!!')", -1), Case("''.lastIndexOf('@@')", -1),
    Case("'tacocat'.lastIndexOf('')", 7), Case("'tacocat'.lastIndexOf('at')", 5),
    Case("'tacocat'.lastIndexOf('none')", -1), Case("'tacocat'.lastIndexOf('', 3)", 3),
    Case("'tacocat'.lastIndexOf('a', 3)", 1), Case("'ta©o©αT'.lastIndexOf('©')", 4),
    Case("'ta©o©αT'.lastIndexOf('©', 3)", 2), Case("'ta©o©αT'.lastIndexOf('©α', 4)", 4),
    Case("'hello wello'.lastIndexOf('ello', 6)", 1), Case("'hello wello'.lastIndexOf('low')", -1),
    Case("'hello wello'.lastIndexOf('hello wello')", 0), Case("'bananananana'.lastIndexOf('nana', 7)", 6),
    Case("'TacoCat'.lowerAscii()", "tacocat"), Case("'TacoCÆt Xii'.lowerAscii()", "tacocÆt xii"),
    Case("'tacoCat'.upperAscii()", "TACOCAT"), Case("'tacoCαt'.upperAscii()", "TACOCαT"),
    Case("'[@`{'.lowerAscii()", "[@`{"),
    Case("'12 days 12 hours'.replace('{0}', '2')", "12 days 12 hours"),
    Case("'{0} days {0} hours'.replace('{0}', '2')", "2 days 2 hours"),
    Case("'{0} days {0} hours'.replace('{0}', '2', 1).replace('{0}', '23')", "2 days 23 hours"),
    Case("'1 ©αT taco'.replace('αT', 'o©α')", "1 ©o©α taco"), Case("'aaa'.replace('a', 'b', 0)", "aaa"),
    Case("'hello'.replace('', '_')", "_h_e_l_l_o_"), Case("'áb'.replace('', '-', 2)", "-á-b"),
    Case("'hello world'.split(' ')", ["hello", "world"]), Case("'hello world events!'.split(' ', 0)", []),
    Case("'hello world events!'.split(' ', 1)", ["hello world events!"]),
    Case("'a b c'.split(' ', 2)", ["a", "b c"]), Case("'o©o©o©o'.split('©', -1)", ["o", "o", "o", "o"]),
    Case("'hé!'.split('')", ["h", "é", "!"]), Case("''.split(',')", [""]), Case("''.split('')", []),
    Case("'tacocat'.substring(4)", "cat"), Case("'tacocat'.substring(7)", ""),
    Case("'tacocat'.substring(0, 4)", "taco"),
    Case("'tacocat'.substring(4, 4)", ""), Case("'ta©o©αT'.substring(2, 6)", "©o©α"),
    Case("'ta©o©αT'.substring(7, 7)", ""),
    Case(#"' \f\n\r\t\vtext  '.trim()"#, "text"), Case(#"'\u0085\u00a0\u1680text'.trim()"#, "text"),
    Case(#"'text\u2000\u2001\u2002\u2003\u2004\u2004\u2006\u2007\u2008\u2009'.trim()"#, "text"),
    Case(#"'\u200atext\u2028\u2029\u202F\u205F\u3000'.trim()"#, "text"), Case("' '.trim()", ""),
    Case(
        #"'\u180etext\u200b\u200c\u200d\u2060\ufeff'.trim()"#,
        "\u{180E}text\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}"),
    Case("['x', 'y'].join()", "xy"), Case("['x', 'y'].join('-')", "x-y"), Case("[].join()", ""),
    Case("[].join('-')", ""),
]

private let refusedCases: [(String, EvaluationError.Code)] = [
    ("'tacocat'.charAt(30)", .indexOutOfRange), ("'tacocat'.indexOf('a', 30)", .indexOutOfRange),
    ("'tacocat'.lastIndexOf('a', -1)", .indexOutOfRange), ("'tacocat'.lastIndexOf('a', 30)", .indexOutOfRange),
    ("'tacocat'.substring(40)", .indexOutOfRange), ("'tacocat'.substring(-1)", .indexOutOfRange),
    ("'tacocat'.substring(1, 50)", .indexOutOfRange), ("'tacocat'.substring(49, 50)", .indexOutOfRange),
    ("'tacocat'.substring(4, 3)", .indexOutOfRange), ("42.charAt(2)", .noSuchOverload),
    ("'hello'.charAt(true)", .noSuchOverload), ("24.indexOf('2')", .noSuchOverload),
    ("'hello'.indexOf(true)", .noSuchOverload), ("'42'.indexOf(4, 0)", .noSuchOverload),
    ("'42'.indexOf('4', '0')", .noSuchOverload), ("42.split('2')", .noSuchOverload),
    ("42.replace(2, 1)", .noSuchOverload),
    ("'42'.replace(2, 1)", .noSuchOverload), ("'42'.replace('2', 1)", .noSuchOverload),
    ("'42'.replace('2', '1', '1')", .noSuchOverload), ("'42'.split(2)", .noSuchOverload),
    ("'42'.split('2', '1')", .noSuchOverload), ("30.substring(true, 3)", .noSuchOverload),
    ("'tacocat'.substring(true, 3)", .noSuchOverload), ("'tacocat'.substring(0, false)", .noSuchOverload),
    ("['a', 1].join()", .noSuchOverload), ("['a'].join(1)", .noSuchOverload), ("'a'.join()", .noSuchOverload),
    ("'abc'.charAt(0.5)", .invalidArgument),
]

private let conversionsCases: [Case] = [
    Case("int(42.0)", 42), Case("int(-123.456)", -123), Case("int(1.9)", 1), Case("int(-7.9)", -7),
    Case("int(11.5)", 11),
    Case("int(-3.5)", -3), Case("int(1e33)", .error(.overflow)), Case("int('987')", 987), Case("int('-9')", -9),
    Case("int('')", .error(.invalidArgument)), Case("int('+1')", .error(.invalidArgument)),
    Case("int('1.5')", .error(.invalidArgument)), Case("int(true)", .noOverload),
    Case("int(9223372036854775808.0)", .error(.overflow)),
    Case("string(123)", "123"), Case("string(-456)", "-456"), Case("string(123.456)", "123.456"),
    Case("string(-4.5e-3)", "-0.0045"), Case("string(true)", "true"), Case("string('hello')", "hello"),
    Case("string(null)", .noOverload), Case("string([])", .noOverload),
    Case("bool(true)", true), Case("bool('1')", true), Case("bool('t')", true), Case("bool('true')", true),
    Case("bool('TRUE')", true), Case("bool('True')", true), Case("bool('0')", false), Case("bool('f')", false),
    Case("bool('false')", false), Case("bool('FALSE')", false), Case("bool('False')", false),
    Case("bool('TrUe')", .error(.invalidArgument)), Case("bool('FaLsE')", .error(.invalidArgument)),
    Case("bool(1)", .noOverload), Case("decimal(0)", .digits("0")),
    Case("decimal(1000000000000)", .digits("1000000000000")),
    Case("decimal('0')", .digits("0")), Case("decimal('-0.0')", .digits("0.0")),
    Case("decimal('123.456')", .digits("123.456")),
    Case("decimal('-987.654')", .digits("-987.654")),
    Case("decimal('6.02214e23')", .digits("602214000000000000000000")),
    Case("decimal('1.38e-23')", .digits("0.0000000000000000000000138")),
    Case("decimal('-84.32e7')", .digits("-843200000")),
    Case("decimal('')", .error(.invalidArgument)), Case("decimal('1,5')", .error(.invalidArgument)),
    Case("decimal('NaN')", .error(.invalidArgument)), Case("decimal(false)", .noOverload),
]

private let mathematicsCases: [Case] = [
    Case("math.greatest(-5)", -5), Case("math.greatest(1, 1)", 1), Case("math.greatest(1, 1.0)", 1),
    Case("math.greatest(3, -3)", 3), Case("math.greatest(-7, 5)", 5),
    Case("math.greatest(1, 9223372036854775807)", 9_223_372_036_854_775_807),
    Case("math.greatest(-9223372036854775808, 1)", 1), Case("math.greatest(10, 1, 3)", 10),
    Case("math.greatest(1, 3, 10)", 10),
    Case("math.greatest(5.4, 10, 3, -5.0, 9223372036854775807) == 9223372036854775807", true),
    Case("math.greatest([5.4, 10, 3, -5.0, 3.5])", 10), Case("math.greatest(-5.0)", .digits("-5.0")),
    Case("math.greatest(1.5, 3.5, 10.5)", .digits("10.5")), Case("math.greatest([])", .error(.invalidArgument)),
    Case("math.greatest(1, 'a')", .noOverload), Case("math.least(5)", 5), Case("math.least(1, 1.0) == 1", true),
    Case("math.least(-3, 3)", -3), Case("math.least(5, -7)", -7),
    Case("math.least(5.4, 10, 3, -5.0, 9223372036854775807)", .digits("-5.0")),
    Case("math.least([5.4, 10.5, 3, -5.0, 3.5])", .digits("-5.0")), Case("math.least(0.5, 1.5, 3.5)", .digits("0.5")),
    Case("math.ceil(-1.2)", .digits("-1")), Case("math.ceil(1.2)", .digits("2")),
    Case("math.floor(-1.2)", .digits("-2")),
    Case("math.floor(1.2)", .digits("1")), Case("math.round(-1.6)", .digits("-2")),
    Case("math.round(-1.4)", .digits("-1")),
    Case("math.round(-1.5)", .digits("-2")), Case("math.round(1.2)", .digits("1")),
    Case("math.round(1.5)", .digits("2")),
    Case("math.trunc(-1.2)", .digits("-1")), Case("math.trunc(1.2)", .digits("1")), Case("math.abs(-1)", 1),
    Case("math.abs(1)", 1), Case("math.abs(-234.5)", .digits("234.5")),
    Case("math.abs(-9223372036854775808)", .error(.overflow)),
    Case("math.abs('1')", .noOverload), Case("math.round('1')", .noOverload),
]
