import Expressions
import SagaValues
import Testing

/// Facts about CEL from its specification's conformance data: google/cel-spec, tests/simple/testdata, in the versions
/// basic 1075512a, comparisons 02498fb2 (with `in` and the mixed types of v0.25), logic 10be1715, integer_math 26c8980a,
/// fp_math 00e397b0, lists 1d4708ac, fields 085dfda5. Where CEL has doubles, here are exact decimals: 30.0 in place of 30.
@Suite("Conformance: operators")
struct OperatorConformance {
    @Test("Literals", arguments: literalsCases)
    func literals(_ example: Case) throws { try example.check() }

    @Test("Comparisons", arguments: comparisonsCases)
    func comparisons(_ example: Case) throws { try example.check() }

    @Test("Logic", arguments: logicCases)
    func logic(_ example: Case) throws { try example.check() }

    @Test("Integers", arguments: integersCases)
    func integers(_ example: Case) throws { try example.check() }

    @Test("Decimals, where CEL has doubles", arguments: decimalsCases)
    func decimals(_ example: Case) throws { try example.check() }

    @Test("Lists and members", arguments: membersCases)
    func members(_ example: Case) throws { try example.check() }
}

private let literalsCases: [Case] = [
    Case("0", 0), Case("0.0", .digits("0.0")), Case("0e+0", .digits("0")), Case("''", ""), Case("\"\"", ""),
    Case("r\"\"", ""), Case("false", false), Case("null", nil), Case("[]", []), Case("{}", .value([:])),
    Case("17", 17), Case("-9223372036854775808", -9_223_372_036_854_775_808), Case("-2.3e+1", .digits("-23")),
    Case("\"!\"", "!"), Case("'\\''", "'"), Case("[-1]", [-1]), Case("{\"k\":\"v\"}", .value(["k": "v"])),
    Case("true", true), Case("0x55555555", 1_431_655_765), Case("-0x55555555", -1_431_655_765),
    Case("9223372036854775807", 9_223_372_036_854_775_807),
]

private let comparisonsCases: [Case] = [
    Case("1 == 1", true), Case("-1 == 1", false), Case("1 == 1.0", true), Case("2 == 1.0", false),
    Case("1.0 == 1.0e+0", true), Case("-1.0 == 1.0", false), Case("'' == \"\"", true), Case("'a' == 'b'", false),
    Case("'abc' == r'abc'", true), Case("'abc' == 'ABC'", false), Case("'ίσος' == 'ίσος'", true),
    Case("null == null", true), Case("true == true", true), Case("false == true", false), Case("[] == []", true),
    Case("[1, 2, 3] == [1, 2, 3]", true), Case("[1, 2, 3] == [1, 3, 2]", false),
    Case("[1.0, 2.0, 3] == [1, 2, 3]", true),
    Case("['case'] == ['cAse']", false), Case("{} == {}", true), Case("{'k':'v'} == {\"k\":\"v\"}", true),
    Case("{'k':1.0} == {'k':1e+0}", true), Case("{'k':'v'} == {'k':'v1'}", false),
    Case("{'k':'v','k1':'v1'} == {'k':'v'}", false), Case("{'k1':'v1','k2':'v2'} == {'k2':'v2','k1':'v1'}", true),
    Case("{'key':'value'} == {'Key':'value'}", false), Case("1.0 == '1'", false), Case("null == false", false),
    Case("[1] == ['1']", false), Case("{'k': []} == {'k': {}}", false),
    Case("24 != 42", true), Case("1 != 1", false), Case("9.0e+3 != 9001.0", true), Case("1.0 != 1e+0", false),
    Case("'abc' != ''", true), Case("false != true", true), Case("null != null", false), Case("[] != [1]", true),
    Case("[true, false, true] != [true, true, false]", true), Case("[[]] != [[]]", false),
    Case("{'k':true} != {'k1':true}", true), Case("{'a':'b','c':'d'} != {'c':'d','a':'b'}", false),
    Case("-1 < 0", true), Case("0 < 0", false), Case("1.0 < 1.0000001", true), Case("-0.0 < 0.0", false),
    Case("'a' < 'b'", true), Case("'Abc' < 'aBC'", true), Case("'abc' < 'abcd'", true), Case("'a' < 'á'", true),
    Case("'' < ''", false), Case("'a' < 'AB'", false), Case("false < true", true), Case("true < true", false),
    Case("true < false", false), Case("[0] < [1]", .noOverload), Case("{'0':'a'} < {'1':'b'}", .noOverload),
    Case("null < null", .noOverload), Case("1 < 1.0001", true), Case("1.0 < 2", true), Case("'foo' < 1", .noOverload),
    Case("42 > -42", true), Case("1e+1 > 1e+0", true), Case(".99 > 9.9e-1", false), Case("'abc' > 'aBc'", true),
    Case("'A' > ''", true), Case("true > false", true), Case("0 <= -1", false), Case("1 <= 1.0", true),
    Case("'foo' >= 1.0", .noOverload), Case("[1] >= [0]", .noOverload), Case("null >= null", .noOverload),
    Case("9223372036854775807 < 9223372036854775808.0", true),
    Case("-9223372036854775808 > -9223372036854775809.0", true),
    Case("'empty' in []", false), Case("'elem' in ['elem', 'elemA', 'elemB']", true),
    Case("'not' in ['elem1', 'elem2', 'elem3']", false), Case("'elem' in [1, 'elem', 2]", true),
    Case("'elem' in [1, 'str', 2, null]", false), Case("'empty' in {}", false),
    Case("'key' in {'key':'1', 'other':'2'}", true), Case("'key' in {'lock':1, 'gate':2}", false),
    Case("1.0 in [1, 2]", true), Case("1 in {'a': 1}", .noOverload), Case("'a' in 'abc'", .noOverload),
    Case(#"'\u00e9' == 'e\u0301'"#, false), Case(#"'\u00e9' in {'e\u0301': 1}"#, false),
    Case(#"{'\u00e9': 1, 'e\u0301': 2} == {'e\u0301': 2, '\u00e9': 1}"#, true), Case(#"'\uffff' < '\U00010000'"#, true),
    Case("x == 2 && y in [x, 3]", true, with: ["x": 2, "y": 2]),
]

private let logicCases: [Case] = [
    Case("true ? 1 : 2", 1), Case("false ? 'foo' : 'bar'", "bar"),
    Case("2 / 0 > 4 ? 'baz' : 'quux'", .error(.divisionByZero)), Case("true ? 'cows' : 17", "cows"),
    Case("'cows' ? false : 17", .noOverload), Case("true && true", true), Case("false && false", false),
    Case("false && true", false), Case("true && false", false), Case("false && 32", false),
    Case("'horses' && false", false), Case("false && (2 / 0 > 3 ? false : true)", false),
    Case("(2 / 0 > 3 ? false : true) && false", false), Case("true && 1/0 != 0", .error(.divisionByZero)),
    Case("1/0 != 0 && true", .error(.divisionByZero)), Case("'less filling' && 'tastes great'", .noOverload),
    Case("true || true", true), Case("false || false", false), Case("false || true", true),
    Case("true || false", true), Case("true || 32", true), Case("'horses' || true", true),
    Case("true || (2 / 0 > 3 ? false : true)", true), Case("(2 / 0 > 3 ? false : true) || true", true),
    Case("false || 1/0 != 0", .error(.divisionByZero)), Case("1/0 != 0 || false", .error(.divisionByZero)),
    Case("'less filling' || 'tastes great'", .noOverload), Case("!true", false), Case("!false", true),
    Case("!0", .noOverload), Case("true ? 1 : 1 / 0", 1), Case("false ? x.y : 2", 2),
]

private let integersCases: [Case] = [
    Case("42 + 2", 44), Case("42 + (-2)", 40), Case("-42 + (-2)", -44), Case("42 - 2", 40), Case("42 - (-2)", 44),
    Case("-42 - (-2)", -40), Case("42 * 2", 84), Case("42 * (-2)", -84), Case("-42 * (-2)", 84), Case("42 / 2", 21),
    Case("-42 / 2", -21), Case("-42 / (-2)", 21), Case("7 / 2", 3), Case("-7 / 2", -3), Case("42 % 5", 2),
    Case("42 % (-5)", 2), Case("-42 % (-5)", -2), Case("-42 % 5", -2), Case("-(42)", -42), Case("-(0)", 0),
    Case("-(-42)", 42), Case("42 % 0", .error(.divisionByZero)), Case("15 / 0", .error(.divisionByZero)),
    Case("15 * 0", 0), Case("9223372036854775807 + 1", .error(.overflow)),
    Case("-9223372036854775808 - 1", .error(.overflow)), Case("5000000000 * 5000000000", .error(.overflow)),
    Case("(-9223372036854775807 - 1) / -1", .error(.overflow)), Case("-(-9223372036854775808)", .error(.overflow)),
    Case("-9223372036854775808 % -1", .error(.overflow)), Case("9223372036854775807 * -1", -9_223_372_036_854_775_807),
    Case("-'4'", .noOverload), Case("1 + null", .noOverload), Case("[1] - [1]", .noOverload),
]

private let decimalsCases: [Case] = [
    Case("4.25 + 15.25", .digits("19.50")), Case("17.75 + (-7.75)", .digits("10.00")),
    Case("-4.125 + (-2.125)", .digits("-6.250")), Case("42.0 - 12.0", .digits("30.0")),
    Case("42.875 - (-22.0)", .digits("64.875")), Case("-4.875 - (-0.125)", .digits("-4.750")),
    Case("42.5 * 0.2", .digits("8.50")), Case("40.75 * (-2.25)", .digits("-91.6875")),
    Case("-3.0 * (-2.5)", .digits("7.50")), Case("0.0625 / 0.002", .digits("31.25")),
    Case("-2.0 / 2.0", .digits("-1")), Case("-8.875 / (-0.0625)", .digits("142")), Case("47.5 % 5.5", .noOverload),
    Case("-(4.5)", .digits("-4.5")), Case("-(-1.25)", .digits("1.25")), Case("-(0.0)", .digits("0.0")),
    Case("15.75 / 0.0", .error(.divisionByZero)), Case("15.36 * 0.0", .digits("0.000")),
    Case("0.0 + 1.75", .digits("1.75")), Case("7.5 + 1.5 == 1.5 + 7.5", true),
    Case("5.625 + (15.75 + 2.0) == (5.625 + 15.75) + 2.0", true), Case("1.0 * 45.25", .digits("45.250")),
    Case("1.5 * 25.875 == 25.875 * 1.5", true), Case("1.5 * (23.625 * 0.75) == (1.5 * 23.625) * 0.75", true),
    Case("5.75 * (1.5 + 2.5)  == 5.75 * 1.5 + 5.75 * 2.5", true), Case("0.1 + 0.2 == 0.3", true),
    // The zero behind the point would be the 35th digit, so it goes.
    Case("2.0 * 8.988466e+32", .digits("1797693200000000000000000000000000")),
    Case("2.0 * 8.988466e+33", .error(.overflow)),
    Case("1e-34 / 2.0", .digits("0." + String(repeating: "0", count: 34))),
]

private let membersCases: [Case] = [
    Case("[0, 1, 2]+[3, 4, 5]==[0, 1, 2, 3, 4, 5]", true), Case("[0, 1, 2]+[3, 4, 5]==[3, 4, 5, 0, 1, 2]", false),
    Case("[2]+[2]==[2, 2]", true), Case("[] + []", []), Case("[7, 8, 9][0]", 7), Case("[7, 8, 9][2.0]", 9),
    Case("['George', 'John', 'Paul', 'Ringo'][1]", "John"), Case("[7, 8, 9][3]", .error(.indexOutOfRange)),
    Case("[7, 8, 9][-1]", .error(.indexOutOfRange)), Case("[7, 8, 9][0.1]", .error(.invalidArgument)),
    Case("[7, 8, 9]['0']", .noOverload), Case("{'name':100}['name']", 100),
    Case("x.name", 1024, with: ["x": ["name": 1024]]),
    Case("x.name", .error(.noSuchMember), with: ["x": ["holiday": "field"]]),
    Case("{'a':1}['b']", .error(.noSuchMember)), Case("{'a':1}[1]", .noOverload), Case("{'true':null}['true']", nil),
    Case("{\"map\": {\"k\": \"v\"}}[\"map\"]", .value(["k": "v"])),
    Case("{\"map\": {\"k\": \"v\"}, \"list\": [1]}[\"list\"]", [1]), Case("{'a': {'b': 5}}.a.b", 5),
    Case("a.b.pancakes", .noOverload, with: ["a": ["b": ["pancakes"]]]),
    Case("a.pancakes", .noOverload, with: ["a": 15]),
    Case("has({'a': 1, 'b': 2}.a)", true), Case("has({'a': 1, 'b': 2}.c)", false), Case("has({'a': null}.a)", true),
    Case("has(x.a)", .noOverload, with: ["x": [1]]), Case("has(x.a.b)", .error(.noSuchMember), with: ["x": [:]]),
    Case("{'a': 1, 'a' + '': 2}", .error(.invalidArgument)), Case("{x: 1}", .noOverload, with: ["x": 1]),
    Case("x", .error(.noValue)), Case("x || true", true),
]
