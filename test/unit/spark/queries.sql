-- Each line is a query that real Spark has answered: see make_expected.py. Blank lines and lines with -- are skipped.
-- Integer arithmetic
SELECT 1 + 2, 2147483646 + 1, 5 - 7, 6 * 7, -(5), +5, - -5
SELECT 2147483647 + 1
SELECT 9223372036854775807 + 1
SELECT 127Y + 1Y
SELECT 100Y * 2
SELECT 7 / 2, -7 / 2, 1 / 3, 7 div 2, -7 div 2, 7 % 3, -7 % 3, 7 % -3, pmod(-7, 3), pmod(7, -3), mod(-7, 3)
SELECT 1 / 0
SELECT 1 div 0
SELECT 1 % 0
SELECT CAST(NULL AS INT) / 0, CAST(NULL AS INT) % 0
SELECT a / b FROM VALUES (1, 2), (NULL, 0), (3, NULL) AS t(a, b)
SELECT a / b FROM VALUES (1, 2), (3, 0) AS t(a, b)
SELECT CAST(-9223372036854775808 AS BIGINT) div -1
SELECT CAST(-9223372036854775808 AS BIGINT) % -1
SELECT -CAST(-2147483648 AS INT)
SELECT abs(-5), abs(-5.5), abs(-5.5D), abs(CAST(-128 AS TINYINT))
SELECT abs(-3.5), abs(3), negative(3), positive(-3)
SELECT 5 & 3, 5 | 3, 5 ^ 3, ~5, 5Y & 3L
SELECT 1.5D + 2, 1.5F + 1, 1.5F * 2.5F, 1.5D / 0.5D, 7.5D % 2, -7.5D % 2, 1e308D * 10
SELECT 1.0D / 0
SELECT 0.0D / 0.0D
SELECT 7.5D % 0
SELECT '5' + 3, '5' * 2.0D, '7' / 2, 2 + '3.5'
SELECT '5' + 3L, '2.5' + 1.5
SELECT NULL + 1, NULL * 2.5, NULL / 2, NULL % 2
SELECT 1Y + 1S, 1S + 1, 1 + 1L, 1L + 1.5F, 1 + 1.5D
SELECT shiftleft(1, 3), shiftright(-8, 1), shiftrightunsigned(-8, 1), shiftleft(1L, 40), shiftleft(1, 33), shiftright(-7L, 1), shiftrightunsigned(-1L, 60)
SELECT try_add(2147483647, 1), try_add(1, 2), try_subtract(-2147483648, 1), try_multiply(2147483647, 2), try_divide(1, 0), try_divide(3, 2), try_mod(5, 0)
SELECT try_divide(1.5, 0), try_divide(3.0, 2.0), try_add(1.5, 2)
-- Decimal arithmetic
SELECT 1.1 + 2.22, 1.1 - 2.22, 1.1 * 2.22, 1.1 / 2.22, 7.5 % 2.2, -7.5 % 2.2, pmod(-7.5, 2.2)
SELECT 10.00 / 3.00, 1.00 / 3, 2 / 3.0, 1 / 1.5
SELECT CAST(1 AS DECIMAL(10,2)) / CAST(3 AS DECIMAL(10,2))
SELECT CAST(2 AS DECIMAL(10,2)) / CAST(3 AS DECIMAL(10,2)), CAST(-2 AS DECIMAL(10,2)) / CAST(3 AS DECIMAL(10,2)), CAST(2 AS DECIMAL(10,2)) / CAST(-3 AS DECIMAL(10,2))
SELECT CAST(1 AS DECIMAL(38,0)) / CAST(3 AS DECIMAL(38,0)), CAST(1 AS DECIMAL(38,10)) / CAST(7 AS DECIMAL(38,10)), CAST(1 AS DECIMAL(38,18)) / CAST(7 AS DECIMAL(20,2))
SELECT CAST(12345678901234567890.12 AS DECIMAL(30,2)) / CAST(3 AS DECIMAL(5,0)), CAST(123 AS DECIMAL(22,2)) / CAST(7 AS DECIMAL(22,2))
SELECT CAST(1 AS DECIMAL(38,30)) / CAST(3 AS DECIMAL(5,0)), CAST(99999 AS DECIMAL(5,0)) / CAST(0.001 AS DECIMAL(10,8))
SELECT 1.0 / 0
SELECT 1.0 % 0.0
SELECT 7.5 div 2, -7.5 div 2.5, 123456.789 div 0.001
SELECT CAST(99999999999999999999999999999999999999 AS DECIMAL(38,0)) + 1
SELECT CAST(99999999999999999999999999999999999999 AS DECIMAL(38,0)) * 2
SELECT CAST(1.23456789 AS DECIMAL(38,18)) * CAST(9.87654321 AS DECIMAL(38,18)), CAST(1.5 AS DECIMAL(38,30)) * CAST(1.5 AS DECIMAL(38,30))
SELECT CAST(12345.67 AS DECIMAL(12,2)) * (1 - CAST(0.06 AS DECIMAL(12,2))), CAST(12345.67 AS DECIMAL(12,2)) * (1 - CAST(0.06 AS DECIMAL(12,2))) * (1 + CAST(0.08 AS DECIMAL(12,2)))
SELECT CAST(999999999999999999 AS DECIMAL(18,0)) * CAST(999999999999999999 AS DECIMAL(18,0)), CAST(999999999999999999 AS DECIMAL(18,0)) + CAST(1 AS DECIMAL(18,0))
SELECT CAST(1.5 AS DECIMAL(38,18)) + CAST(2.25 AS DECIMAL(38,17)), CAST(5 AS DECIMAL(38,37)) - CAST(1 AS DECIMAL(10,0))
SELECT 1.5 + 1.5D, 1.5 + 1.5F, 2.5 + 1, 2.5 + 1L, 2.5 * 3, 2.50 + '1', -(1.5), 1.5 = 1.50
SELECT a + b, a - b, a * b, a / b, a % b FROM VALUES (CAST(12.34 AS DECIMAL(10,2)), CAST(5.6789 AS DECIMAL(8,4))), (-99999999.99, 0.0001), (0.01, -9999.9999) AS t(a, b)
SELECT a + 1, a * 2, 3 - a, a / 7, a % 3, a * a * a FROM VALUES (CAST(12.34 AS DECIMAL(10,2))), (-99999999.99), (NULL) AS t(a)
-- Comparisons
SELECT 1 = 1.0, 1 < 2L, 1.5 > 1, '1' = 1, '2' > 1, 'a' < 'b', true > false, 1 <> 2, 1 != 1, 1 == 1
SELECT NULL = NULL, NULL <=> NULL, 1 <=> NULL, 1 <=> 1, NOT NULL, NULL AND false, NULL OR true, NULL AND true
SELECT double('NaN') = double('NaN'), double('NaN') > double('Infinity'), double('NaN') <=> double('NaN'), 0.0D = -0.0D, float('NaN') < 1
SELECT a < b, a = b, a <=> b FROM VALUES (1, 2), (NULL, 2), (3, NULL), (4, 4) AS t(a, b)
SELECT 5 BETWEEN 1 AND 10, 5 NOT BETWEEN 1 AND 4, NULL BETWEEN 1 AND 2, 1.5 BETWEEN 1 AND 2, '2024-01-05' BETWEEN DATE'2024-01-01' AND DATE'2024-02-01'
SELECT 1 IN (1, 2), 3 IN (1, 2), 3 IN (1, NULL), NULL IN (1), 1 IN (1, NULL), 1.0 IN (1, 2), 'a' IN ('a', 'b'), 1 NOT IN (2, NULL)
SELECT DATE'2024-01-01' < TIMESTAMP'2024-01-01 00:00:01', DATE'2024-01-01' = '2024-01-01', '2024-01-02' > DATE'2024-01-01'
SELECT array(1, 2) = array(1, 2), array(1, NULL) = array(1, NULL), struct(1, 'a') = struct(1, 'a')
SELECT isnull(NULL), isnotnull(1), 1 IS NULL, NULL IS NOT NULL, isnan(double('NaN')), isnan(1.5D), true IS TRUE, NULL IS FALSE, NULL IS NOT TRUE
SELECT 1 IS DISTINCT FROM NULL, NULL IS NOT DISTINCT FROM NULL
SELECT 'a' = 1
-- Conditionals
SELECT coalesce(NULL, 1, 2), coalesce(NULL, 1.5, 2), coalesce(NULL, NULL), nvl(NULL, 'x'), ifnull(1, 2), nvl2(NULL, 1, 2), nvl2(1, 1, 2.5)
SELECT if(true, 1, 2.5), if(NULL, 1, 2), nullif(1, 1), nullif(1, 2), nullif('a', 'b'), nullif(1, 1.0)
SELECT CASE WHEN 1 > 2 THEN 'a' WHEN 2 > 1 THEN 'b' END, CASE 3 WHEN 1 THEN 'x' ELSE 'y' END, CASE WHEN false THEN 1 END, CASE WHEN true THEN 1 ELSE 2.5 END
SELECT greatest(1, 2, 3), greatest(1, NULL, 2.5), least(1, NULL), least('b', 'a'), greatest(double('NaN'), 1D), greatest(NULL, CAST(NULL AS INT)), least(DATE'2024-01-01', DATE'2023-01-01')
SELECT CASE WHEN b <> 0 THEN a / b ELSE 0 END FROM VALUES (1, 2), (3, 0) AS t(a, b)
SELECT a FROM VALUES (1, 2), (3, 0) AS t(a, b) WHERE b <> 0 AND a / b > 0.1
SELECT nanvl(double('NaN'), 5), nanvl(1.5D, 5)
SELECT coalesce(1, 'a')
SELECT coalesce('3', 1), coalesce(NULL, '2.5', 1.0)
-- LIKE
SELECT 'abc' LIKE 'a%', 'abc' LIKE 'a_c', 'a%c' LIKE 'a\\%c', 'abc' LIKE 'A%', 'abc' ILIKE 'A%', 'a_c' LIKE 'a#_c' ESCAPE '#', NULL LIKE 'a', 'a\nb' LIKE 'a%b'
SELECT 'abc' RLIKE 'b', 'abc' RLIKE '^b', 'abc' REGEXP 'a.c', regexp_like('Apache', '(?i)APACHE'), 'a1' RLIKE '\\d'
SELECT 'a' LIKE 'a\\'
SELECT 'abc' NOT LIKE 'a%', 'Spark' LIKE ANY ('%ark', 'x'), 'Spark' LIKE ALL ('S%', '%x')
-- Strings
SELECT 'a' || 'b', 'a' || NULL, concat('a', 1, 2.5), concat('a', NULL), concat(), 1 || 2, concat(array(1), array(2, 3))
SELECT substring('Spark SQL', 5), substring('Spark SQL', -3), substring('Spark SQL', 5, 1), substring('Spark', 0, 2), substring('Spark', -10, 7), substring('Spark', 2, -1), substr('héllo', 2, 2), substring('abc', 10), substring('abc' FROM 2 FOR 1)
SELECT substring(a, b, c) FROM VALUES ('Spark', 0, 2), ('Spark', -3, 2), ('Spark', -10, 6), ('Spark', 2, 100), (NULL, 1, 1), ('Spark', 3, 0), ('', 1, 1) AS t(a, b, c)
SELECT upper('abcß'), lower('ABC'), length('héllo'), length(''), char_length('abc '), trim('  a b '), ltrim('  a'), rtrim('a  '), trim(BOTH 'x' FROM 'xxaxx'), trim(LEADING 'x' FROM 'xxaxx'), trim(TRAILING 'x' FROM 'xxaxx'), btrim('xyaxy', 'xy')
-- Casts to integers
SELECT CAST('12' AS INT), CAST(' 12 ' AS INT), CAST('-5' AS BIGINT), CAST('+7' AS SMALLINT), CAST(1.9 AS INT), CAST(-1.9 AS INT), CAST(1.9D AS INT), CAST(-1.9D AS BIGINT), CAST(true AS INT), CAST(300L AS SMALLINT)
SELECT CAST('1.5' AS INT)
SELECT CAST('abc' AS INT)
SELECT CAST('' AS INT)
SELECT CAST(300 AS TINYINT)
SELECT CAST(3000000000 AS INT)
SELECT CAST(1e20D AS BIGINT)
SELECT CAST(double('NaN') AS INT)
SELECT CAST('99999999999' AS INT)
SELECT try_cast('abc' AS INT), try_cast('1.5' AS INT), try_cast(300 AS TINYINT), try_cast('12' AS INT), try_cast('x' AS DOUBLE), try_cast('2024-13-01' AS DATE), try_cast(1e20D AS INT), try_cast('1e2' AS INT)
SELECT CAST(12345.67 AS INT), CAST(99999999999.5 AS BIGINT), CAST(CAST(-0.9 AS DECIMAL(3,1)) AS INT)
SELECT CAST(99999999999.5 AS INT)
SELECT CAST(TIMESTAMP'2024-01-01 00:00:00.7' AS BIGINT), CAST(TIMESTAMP'1960-01-01 00:00:00.7' AS BIGINT), CAST(TIMESTAMP'2024-01-01 00:00:00.5' AS DOUBLE)
-- Casts to fractions
SELECT CAST('1.5' AS DOUBLE), CAST(' 1e3 ' AS DOUBLE), CAST('Infinity' AS DOUBLE), CAST('-inf' AS DOUBLE), CAST('NaN' AS DOUBLE), CAST('1.' AS DOUBLE), CAST('.5' AS DOUBLE), CAST('1d' AS DOUBLE), CAST('2F' AS DOUBLE), CAST(1 AS DOUBLE), CAST(1.1 AS DOUBLE), CAST(true AS DOUBLE), CAST('1.1' AS FLOAT), CAST(1.1D AS FLOAT), CAST(1e40D AS FLOAT)
SELECT CAST('x' AS DOUBLE)
SELECT CAST('1_000' AS DOUBLE)
SELECT CAST('0x10' AS DOUBLE)
SELECT CAST('12.345' AS DECIMAL(5,2)), CAST('12.345' AS DECIMAL(10,3)), CAST(12.345D AS DECIMAL(5,2)), CAST(1.005D AS DECIMAL(5,2)), CAST(-1.005 AS DECIMAL(5,2)), CAST(5 AS DECIMAL(5,2)), CAST('1e2' AS DECIMAL(5,0)), CAST(true AS DECIMAL(3,1)), CAST(1.1F AS DECIMAL(10,5)), CAST(' 7.5 ' AS DECIMAL(3,1)), CAST(1.25 AS DECIMAL(2,1)), CAST(1.35 AS DECIMAL(2,1)), CAST('0.125' AS DECIMAL(3,2))
SELECT CAST(1000 AS DECIMAL(3,0))
SELECT CAST('1000' AS DECIMAL(3,0))
SELECT CAST(999.99 AS DECIMAL(4,1)), try_cast(1000 AS DECIMAL(3,0)), try_cast('abc' AS DECIMAL(3,0)), CAST(9.99D AS DECIMAL(2,0))
SELECT CAST('abc' AS DECIMAL(3,0))
SELECT CAST(1e30D AS DECIMAL(10,0))
SELECT CAST(123456789012345678.12 AS DOUBLE), CAST(0.1 AS DOUBLE), CAST(1234567890123456789012345678.1234567 AS DOUBLE), CAST(0.1 AS FLOAT)
-- Casts to strings
SELECT CAST(1 AS STRING), CAST(-5L AS STRING), CAST(1.50 AS STRING), CAST(true AS STRING), CAST(NULL AS STRING), CAST(DATE'2024-03-05' AS STRING), CAST(0.0000001 AS STRING)
SELECT CAST(1.0D AS STRING), CAST(0.1D AS STRING), CAST(100D AS STRING), CAST(1e7D AS STRING), CAST(1.5e10D AS STRING), CAST(123456.789D AS STRING), CAST(0.001D AS STRING), CAST(0.0001D AS STRING), CAST(1.23e-5D AS STRING), CAST(-1e20D AS STRING), CAST(double('NaN') AS STRING), CAST(double('-Infinity') AS STRING), CAST(0.0D AS STRING), CAST(-0.0D AS STRING), CAST(1.1F AS STRING), CAST(3.4e38F AS STRING), CAST(9999999D AS STRING), CAST(12345678.9D AS STRING), CAST(1e100D AS STRING), CAST(1e15D AS STRING), CAST(1e16D AS STRING), CAST(1.7976931348623157e308D AS STRING)
SELECT CAST(TIMESTAMP'2024-03-05 01:02:03' AS STRING), CAST(TIMESTAMP'2024-03-05 01:02:03.100' AS STRING), CAST(TIMESTAMP'2024-03-05 01:02:03.123456' AS STRING), CAST(TIMESTAMP_NTZ'2024-03-05 01:02:03.5' AS STRING), CAST(TIMESTAMP'2024-03-05 00:00:00Z' AS STRING)
SELECT CAST(array(1, NULL, 3) AS STRING), CAST(struct(1, 'a', NULL) AS STRING), CAST(map('a', 1, 'b', NULL) AS STRING), CAST(array('x', 'y') AS STRING), CAST(array(1.5D, 1e10D) AS STRING), CAST(array(array(1), array()) AS STRING), CAST(named_struct('x', array(1), 'd', DATE'2024-01-01') AS STRING)
SELECT CAST(X'616263' AS STRING), CAST('abc' AS BINARY), CAST(INTERVAL '1' DAY AS STRING), CAST(INTERVAL '1 02:03:04.5' DAY TO SECOND AS STRING), CAST(INTERVAL '-1-2' YEAR TO MONTH AS STRING), CAST(INTERVAL '3' MONTH AS STRING), CAST(INTERVAL '25' HOUR AS STRING)
-- Casts to booleans
SELECT CAST('true' AS BOOLEAN), CAST('F' AS BOOLEAN), CAST(' Yes ' AS BOOLEAN), CAST('0' AS BOOLEAN), CAST(1 AS BOOLEAN), CAST(0.0D AS BOOLEAN), CAST(0.5 AS BOOLEAN), try_cast('x' AS BOOLEAN)
SELECT CAST('x' AS BOOLEAN)
-- Casts to dates and timestamps
SELECT CAST('2024-03-05' AS DATE), CAST('2024-3-5' AS DATE), CAST('2024-03' AS DATE), CAST('2024' AS DATE), CAST(' 2024-03-05 ' AS DATE), CAST('2024-03-05 12:00:00' AS DATE), CAST('2024-03-05T12' AS DATE), CAST(TIMESTAMP'2024-03-05 23:59:59' AS DATE), CAST(TIMESTAMP_NTZ'2024-03-05 23:59:59' AS DATE)
SELECT CAST('2024-02-30' AS DATE)
SELECT CAST('05/03/2024' AS DATE)
SELECT CAST('2024-03-05x' AS DATE)
SELECT CAST('20240305' AS DATE)
SELECT CAST('2024-03-05 01:02:03' AS TIMESTAMP), CAST('2024-03-05' AS TIMESTAMP), CAST('2024-03-05T01:02:03.123456' AS TIMESTAMP), CAST('2024-03-05 01:02:03Z' AS TIMESTAMP), CAST('2024-03-05 01:02:03+05:30' AS TIMESTAMP), CAST('2024-03-05 1:2:3' AS TIMESTAMP), CAST('2024-03-05 01:02' AS TIMESTAMP), CAST('2024-03-05 01:02:03.1234567' AS TIMESTAMP), CAST('2024-03-05 01:02:03 Europe/Berlin' AS TIMESTAMP), CAST('2024-03-05 01:02:03 UTC+1' AS TIMESTAMP), CAST('2024' AS TIMESTAMP), CAST('2024-07-05 01:02:03' AS TIMESTAMP)
SELECT CAST('2024-03-05 25:00:00' AS TIMESTAMP)
SELECT CAST('abc' AS TIMESTAMP)
SELECT CAST('2024-03-05 01:02:03' AS TIMESTAMP_NTZ), CAST('2024-03-05 01:02:03Z' AS TIMESTAMP_NTZ), CAST(DATE'2024-03-05' AS TIMESTAMP), CAST(DATE'2024-03-05' AS TIMESTAMP_NTZ), CAST(TIMESTAMP'2024-03-05 01:02:03' AS TIMESTAMP_NTZ), CAST(TIMESTAMP_NTZ'2024-03-05 01:02:03' AS TIMESTAMP)
SELECT CAST(1700000000 AS TIMESTAMP), CAST(1700000000.5D AS TIMESTAMP), CAST(1700000000.123456 AS TIMESTAMP), CAST(-1L AS TIMESTAMP)
SELECT CAST(1 AS DATE)
SELECT CAST(DATE'2024-01-01' AS INT)
SELECT CAST(array(1, 2) AS ARRAY<STRING>), CAST(map('1', 2) AS MAP<INT, STRING>), CAST(struct(1, 2.5) AS STRUCT<a: STRING, b: INT>), CAST(array('1', '2') AS ARRAY<INT>)
SELECT CAST(array('1', 'x') AS ARRAY<INT>)
-- Dates, intervals
SELECT DATE'2024-01-31' + 1, DATE'2024-01-31' - 1, 1 + DATE'2024-01-31', DATE'2024-03-01' - DATE'2024-02-01', DATE'2024-01-31' + INTERVAL '1' MONTH, DATE'2024-01-31' + INTERVAL '1' DAY, DATE'2024-03-31' - INTERVAL '1' MONTH, DATE'2024-01-31' + INTERVAL '2' HOUR, DATE'1998-12-01' - INTERVAL '90' DAY, DATE'2024-02-29' + INTERVAL '1' YEAR
SELECT TIMESTAMP'2024-01-31 10:00:00' + INTERVAL '1' DAY, TIMESTAMP'2024-03-09 10:00:00' + INTERVAL '1' DAY, TIMESTAMP'2024-03-09 10:00:00' + INTERVAL '24' HOUR, TIMESTAMP'2024-01-31 10:00:00' + INTERVAL '1' MONTH, TIMESTAMP'2024-01-02 00:00:00' - TIMESTAMP'2024-01-01 00:00:00', TIMESTAMP'2024-03-11 00:00:00' - TIMESTAMP'2024-03-10 00:00:00'
SELECT INTERVAL '1' DAY + INTERVAL '2' HOUR, INTERVAL '3' DAY * 2, INTERVAL '3' DAY / 2, INTERVAL '1' DAY > INTERVAL '23' HOUR, -INTERVAL '1' DAY
SELECT CAST(INTERVAL '3' MONTH * 2 AS STRING), CAST(INTERVAL '1-6' YEAR TO MONTH / 4 AS STRING), CAST(INTERVAL '1' YEAR + INTERVAL '2' MONTH AS STRING)
SELECT year(DATE'2024-03-05'), month(DATE'2024-03-05'), day(DATE'2024-03-05'), dayofmonth(DATE'2024-03-05'), quarter(DATE'2024-03-05'), weekofyear(DATE'2024-01-01'), dayofweek(DATE'2024-03-05'), weekday(DATE'2024-03-05'), dayofyear(DATE'2024-03-05'), hour(TIMESTAMP'2024-03-05 13:14:15'), minute(TIMESTAMP'2024-03-05 13:14:15'), second(TIMESTAMP'2024-03-05 13:14:15.9'), year('2024-05-06')
SELECT extract(YEAR FROM DATE'2024-03-05'), extract(SECOND FROM TIMESTAMP'2024-03-05 13:14:15.25'), extract(DOW FROM DATE'2024-03-05'), extract(WEEK FROM DATE'2024-03-05'), date_part('HOUR', TIMESTAMP'2024-03-05 13:14:15'), extract(DAY FROM INTERVAL '5 06:07:08' DAY TO SECOND), extract(YEAROFWEEK FROM DATE'2024-12-31'), extract(MONTH FROM INTERVAL '1-7' YEAR TO MONTH), extract(SECOND FROM INTERVAL '5 06:07:08.5' DAY TO SECOND)
SELECT date_add(DATE'2024-01-31', 1), date_sub(DATE'2024-01-31', 31), datediff(DATE'2024-03-01', DATE'2024-02-01'), last_day(DATE'2024-02-05'), date_add('2024-01-31', 1)
-- Subscripts
SELECT array(1, 2, 3)[0], array(1, 2, 3)[2], map('a', 1)['a'], map('a', 1)['b'], named_struct('x', 5).x, element_at(array(1, 2), -1), element_at(map('a', 1), 'a'), try_element_at(array(1), 5), get(array(1), 3), get(array(1), 0)
SELECT array(1, 2, 3)[3]
SELECT array(1, 2, 3)[-1]
SELECT element_at(array(1, 2), 3)
SELECT element_at(array(1, 2), 0)
SELECT array(named_struct('x', 1), named_struct('x', 2)).x, array(array(1, 2), array(3))[1][0]
-- Mathematics
SELECT round(2.5), round(-2.5), round(2.5D), round(2.675D, 2), round(1.005, 2), round(1234.567, -2), round(15, -1), round(14, -1), round(25L, -1), round(2.345D, 1), round(-0.4D), round(double('NaN'), 2), round(0.285D, 2), round(1e20D, 2), round(5), round(9.99, 1), round(1.5F)
SELECT bround(2.5), bround(3.5), bround(2.5D), bround(-2.5D), bround(1.25D, 1), bround(25, -1), bround(35, -1), bround(1.005, 2)
SELECT ceil(1.2), ceil(-1.2), floor(-1.2), floor(1.8D), ceil(1.2D), ceil(5), floor(3.14159, 2), ceil(3.14159, 2), ceil(-0.5D)
SELECT sqrt(16), sqrt(-1), cbrt(27), exp(1), ln(10), ln(0), ln(-1), log(10), log(2, 8), log10(1000), log2(8), log10(0), pow(2, 10), power(2, -1), sin(1), cos(1), tan(1), asin(1), acos(2), atan(1), atan2(1, 2), sinh(1), cosh(1), tanh(1), degrees(pi()), radians(180), pi(), e(), sign(-5), signum(2.5), hypot(3, 4), rint(2.5), rint(3.5), cot(1), sec(1), csc(1), asinh(1), acosh(2), atanh(0.5)
SELECT factorial(5), factorial(21), factorial(20), bin(13), bin(-1), hex(255), hex(-1), hex('Spark'), hex(X'1F'), unhex('537061726B'), unhex('F'), unhex('XY'), bit_count(7), bit_count(-1), bit_count(true)
-- Aggregates
SELECT count(*), count(a), count(DISTINCT a), sum(a), avg(a), min(a), max(a) FROM VALUES (1), (2), (2), (NULL) AS t(a)
SELECT count(*), count(a), sum(a), avg(a), min(a), max(a), first(a), count_if(a > 1), bool_and(a > 1), stddev(a), collect_list(a), median(a) FROM VALUES (1) AS t(a) WHERE a > 5
SELECT sum(a), avg(a), min(a), max(a) FROM VALUES (1.10), (2.25), (NULL) AS t(a)
SELECT avg(a), sum(a) FROM VALUES (CAST(1 AS DECIMAL(12,2))), (CAST(2 AS DECIMAL(12,2))), (CAST(2 AS DECIMAL(12,2))) AS t(a)
SELECT avg(a), sum(a) FROM VALUES (CAST(1 AS DECIMAL(38,18))), (CAST(2 AS DECIMAL(38,18))), (CAST(2 AS DECIMAL(38,18))) AS t(a)
SELECT avg(CAST(a AS DECIMAL(38,0))) FROM VALUES (1), (1), (-3), (5), (7), (1) AS t(a)
SELECT sum(a), avg(a) FROM VALUES (1.5D), (2.5D), (double('NaN')) AS t(a)
SELECT sum(a), max(a), min(a) FROM VALUES (9223372036854775807), (0) AS t(a)
SELECT sum(a) FROM VALUES (9223372036854775807), (1) AS t(a)
SELECT sum(a) FROM VALUES (CAST(1.5 AS FLOAT)), (CAST(2.5 AS FLOAT)) AS t(a)
SELECT sum('5'), avg('2'), sum(DISTINCT a), avg(DISTINCT a) FROM VALUES (1), (1), (4) AS t(a)
SELECT g, count(*), sum(a), max(a) FROM VALUES (1, 10), (1, 20), (2, 5), (NULL, 7), (NULL, NULL) AS t(g, a) GROUP BY g ORDER BY g
SELECT count(a, b), count(DISTINCT a, b) FROM VALUES (1, 1), (1, 1), (1, NULL), (2, 1) AS t(a, b)
SELECT stddev(a), stddev_pop(a), var_samp(a), var_pop(a), variance(a), std(a) FROM VALUES (1), (2), (4), (9) AS t(a)
SELECT stddev(a), var_pop(a), skewness(a), kurtosis(a) FROM VALUES (5) AS t(a)
SELECT kurtosis(a) FROM VALUES (1), (2), (4), (9) AS t(a)
SELECT corr(a, b), covar_pop(a, b), covar_samp(a, b), regr_count(a, b), regr_slope(a, b), regr_intercept(a, b), regr_r2(a, b), regr_avgx(a, b), regr_avgy(a, b), regr_sxx(a, b), regr_sxy(a, b), regr_syy(a, b) FROM VALUES (1, 2), (2, 3), (4, 9), (NULL, 1) AS t(a, b)
SELECT corr(a, b) FROM VALUES (1, 2) AS t(a, b)
SELECT corr(a, b), covar_samp(a, b) FROM VALUES (1, 2), (1, 3) AS t(a, b)
SELECT bool_and(a), bool_or(a), every(a), any(a), some(a), count_if(a) FROM VALUES (true), (false), (NULL) AS t(a)
SELECT bit_and(a), bit_or(a), bit_xor(a) FROM VALUES (5), (3), (NULL) AS t(a)
SELECT first(a), last(a), any_value(a), first(a, true), last(a, true), first_value(a) IGNORE NULLS FROM VALUES (NULL), (1), (2), (NULL) AS t(a)
SELECT sort_array(collect_list(a)), sort_array(collect_set(a)), collect_list(NULL), array_agg(1) FROM VALUES (2), (1), (2), (NULL) AS t(a)
SELECT max_by(a, b), min_by(a, b), max_by(a, c) FROM VALUES ('x', 1, NULL), ('y', 3, 1), (NULL, 5, NULL), ('z', NULL, NULL) AS t(a, b, c)
SELECT percentile(a, 0.5), percentile(a, array(0.25, 0.75)), median(a), percentile_approx(a, 0.5), mode(a) FROM VALUES (1), (2), (3), (10), (3) AS t(a)
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), percentile_disc(0.5) WITHIN GROUP (ORDER BY a), percentile_cont(0.25) WITHIN GROUP (ORDER BY a DESC) FROM VALUES (1), (2), (3), (10) AS t(a)
SELECT sum(a) FILTER (WHERE a > 1), count(*) FILTER (WHERE a > 1), avg(a) FILTER (WHERE a > 100), collect_list(a) FILTER (WHERE a = 1) FROM VALUES (1), (2), (4) AS t(a)
SELECT min(a), max(a), min(b), max(b), max(c) FROM VALUES ('b', true, DATE'2024-01-01'), ('a', false, DATE'2024-05-01'), ('B', NULL, NULL) AS t(a, b, c)
SELECT max(a), min(a) FROM VALUES (double('NaN')), (1D), (NULL) AS t(a)
SELECT a, count(*) FROM VALUES (double('NaN')), (double('NaN')), (0.0D), (-0.0D) AS t(a) GROUP BY a ORDER BY a
SELECT sum(INTERVAL '1' DAY), max(INTERVAL '2' HOUR) FROM VALUES (1), (2) AS t(a)
SELECT listagg(a, ',') WITHIN GROUP (ORDER BY a) FROM VALUES ('b'), ('a'), (NULL) AS t(a)
SELECT a, b, grouping(a), grouping_id(a, b), sum(c) FROM VALUES (1, 1, 5), (1, 2, 7), (2, 1, 9) AS t(a, b, c) GROUP BY ROLLUP (a, b) ORDER BY a, b, 3
SELECT a, b, count(*) FROM VALUES (1, 1), (1, 2), (NULL, 1) AS t(a, b) GROUP BY CUBE (a, b) ORDER BY a, b, 3
SELECT g, sum(a) s FROM VALUES (1, 10), (1, 20), (2, 5) AS t(g, a) GROUP BY g HAVING sum(a) > 6 ORDER BY s
SELECT g + 1, sum(a) * 2 FROM VALUES (1, 10), (1, 20), (2, 5) AS t(g, a) GROUP BY g + 1 ORDER BY 1
SELECT DISTINCT a FROM VALUES (1), (1), (NULL), (NULL) AS t(a) ORDER BY a
-- Windows
SELECT a, row_number() OVER (ORDER BY a), rank() OVER (ORDER BY b), dense_rank() OVER (ORDER BY b), percent_rank() OVER (ORDER BY b), cume_dist() OVER (ORDER BY b), ntile(2) OVER (ORDER BY a) FROM VALUES (1, 1), (2, 1), (3, 2), (4, NULL) AS t(a, b) ORDER BY a
SELECT a, lag(a) OVER (ORDER BY a), lead(a, 2) OVER (ORDER BY a), lag(a, 1, 0) OVER (ORDER BY a), lead(a, 1, -1L) OVER (ORDER BY a) FROM VALUES (1), (2), (3) AS t(a) ORDER BY a
SELECT a, sum(a) OVER (ORDER BY a), sum(a) OVER (), sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), avg(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), count(*) OVER (ORDER BY a RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING), max(a) OVER (ORDER BY a DESC ROWS UNBOUNDED PRECEDING) FROM VALUES (1), (2), (4), (4) AS t(a) ORDER BY a
SELECT g, a, sum(a) OVER (PARTITION BY g ORDER BY a), first_value(a) OVER (PARTITION BY g ORDER BY a), last_value(a) OVER (PARTITION BY g ORDER BY a), last_value(a) OVER (PARTITION BY g ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), nth_value(a, 2) OVER (PARTITION BY g ORDER BY a) FROM VALUES ('x', 1), ('x', 3), ('y', 5), (NULL, 7) AS t(g, a) ORDER BY g, a
SELECT a, first_value(b) IGNORE NULLS OVER (ORDER BY a), last_value(b) IGNORE NULLS OVER (ORDER BY a), lag(b) IGNORE NULLS OVER (ORDER BY a), first(b, true) OVER (ORDER BY a), nth_value(b, 2) IGNORE NULLS OVER (ORDER BY a) FROM VALUES (1, NULL), (2, 5), (3, NULL), (4, 6) AS t(a, b) ORDER BY a
SELECT d, sum(a) OVER (ORDER BY d RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW), sum(a) OVER (ORDER BY d RANGE BETWEEN 2 PRECEDING AND CURRENT ROW) FROM VALUES (DATE'2024-01-01', 1), (DATE'2024-01-02', 2), (DATE'2024-01-04', 4) AS t(d, a) ORDER BY d
SELECT a, sum(CAST(a AS DECIMAL(10,2))) OVER (ORDER BY a), avg(CAST(a AS DECIMAL(10,2))) OVER (), stddev(a) OVER (ORDER BY a), collect_list(a) OVER (ORDER BY a) FROM VALUES (1), (2), (4) AS t(a) ORDER BY a
SELECT g, sum(a), rank() OVER (ORDER BY sum(a) DESC) FROM VALUES (1, 10), (1, 20), (2, 5) AS t(g, a) GROUP BY g ORDER BY g
SELECT a, sum(a) OVER w, count(*) FILTER (WHERE a > 1) OVER w FROM VALUES (1), (2), (3) AS t(a) WINDOW w AS (ORDER BY a) ORDER BY a
-- Generators
SELECT explode(array(1, 2, NULL))
SELECT a, explode(b) FROM VALUES (1, array(10, 20)), (2, array()), (3, NULL) AS t(a, b) ORDER BY 1, 2
SELECT a, explode_outer(b) FROM VALUES (1, array(10, 20)), (2, array()), (3, NULL) AS t(a, b) ORDER BY 1, 2
SELECT posexplode(array('a', 'b'))
SELECT posexplode_outer(CAST(NULL AS ARRAY<INT>))
SELECT explode(map('a', 1, 'b', 2))
SELECT posexplode(map('a', 1, 'b', 2))
SELECT inline(array(struct(1, 'a'), struct(2, 'b')))
SELECT inline(array(struct(1, 'a'), NULL))
SELECT inline_outer(array())
SELECT stack(2, 1, 2, 3)
SELECT stack(2, 1, 'a', 2L, 'b') AS (x, y)
SELECT t.a, c FROM VALUES (1, array('x', 'y')) AS t(a, b) LATERAL VIEW explode(b) AS c
SELECT t.a, k, v FROM VALUES (1, map('x', 1)), (2, NULL) AS t(a, b) LATERAL VIEW OUTER explode(b) m AS k, v ORDER BY a
SELECT * FROM explode(array(1, 2))
-- Joins, sets, subqueries
SELECT * FROM VALUES (1, 'a'), (2, 'b') AS l(x, y) JOIN VALUES (1, 'c') AS r(x, z) ON l.x = r.x
SELECT l.x, r.z FROM VALUES (1), (2), (NULL) AS l(x) LEFT JOIN VALUES (1, 'c'), (NULL, 'd') AS r(x, z) ON l.x = r.x ORDER BY l.x
SELECT l.x, r.x FROM VALUES (1), (2) AS l(x) FULL JOIN VALUES (2), (3) AS r(x) ON l.x = r.x ORDER BY l.x, r.x
SELECT x FROM VALUES (1), (2), (NULL) AS l(x) LEFT SEMI JOIN VALUES (1), (NULL) AS r(x) ON l.x = r.x
SELECT x FROM VALUES (1), (2), (NULL) AS l(x) LEFT ANTI JOIN VALUES (1), (NULL) AS r(x) ON l.x = r.x ORDER BY x
SELECT x FROM VALUES (1), (2), (NULL) AS l(x) WHERE x NOT IN (SELECT * FROM VALUES (1), (NULL))
SELECT x FROM VALUES (1), (2), (NULL) AS l(x) WHERE x NOT IN (SELECT * FROM VALUES (1))
SELECT x FROM VALUES (1), (2), (NULL) AS l(x) WHERE x NOT IN (SELECT * FROM VALUES (1) AS t(a) WHERE a > 5) ORDER BY x
SELECT x FROM VALUES (1), (2), (NULL) AS l(x) WHERE x IN (SELECT * FROM VALUES (1), (NULL))
SELECT x, (SELECT max(y) FROM VALUES (1, 5), (1, 7), (2, 3) AS r(x, y) WHERE r.x = l.x) FROM VALUES (1), (2), (3) AS l(x) ORDER BY x
SELECT x FROM VALUES (1), (2) AS l(x) WHERE EXISTS (SELECT 1 FROM VALUES (2) AS r(x) WHERE r.x = l.x)
SELECT x FROM VALUES (1), (2) AS l(x) WHERE NOT EXISTS (SELECT 1 FROM VALUES (2) AS r(x) WHERE r.x = l.x)
SELECT (SELECT a FROM VALUES (1), (2) AS t(a))
SELECT 1 UNION ALL SELECT 2.5 UNION ALL SELECT NULL
SELECT a FROM VALUES (1), (1), (2), (NULL), (NULL) AS t(a) INTERSECT SELECT a FROM VALUES (1), (NULL) AS t(a) ORDER BY a
SELECT a FROM VALUES (1), (1), (2), (NULL) AS t(a) EXCEPT SELECT a FROM VALUES (2) AS t(a) ORDER BY a
SELECT a FROM VALUES (1), (1), (2) AS t(a) EXCEPT ALL SELECT a FROM VALUES (1) AS t(a) ORDER BY a
SELECT a FROM VALUES (1), (1), (2) AS t(a) INTERSECT ALL SELECT a FROM VALUES (1), (1), (1) AS t(a) ORDER BY a
SELECT a FROM VALUES (3), (1), (NULL), (2) AS t(a) ORDER BY a DESC
SELECT a FROM VALUES (3), (1), (NULL), (2) AS t(a) ORDER BY a NULLS LAST LIMIT 2 OFFSET 1
SELECT id, id * 2 FROM range(3)
SELECT sum(id) FROM range(10, 0, -3)
WITH t AS (SELECT 1 AS a UNION ALL SELECT 2) SELECT a, count(*) OVER () FROM t ORDER BY a
SELECT * FROM VALUES (1, 2), (3, 4) AS t(a, b) WHERE (a, b) IN (SELECT 1, 2)
SELECT * FROM VALUES (1, 2), (3, 4), (5, NULL) AS t(a, b) WHERE (a, b) NOT IN (SELECT 1, 2)
-- Found since
SELECT 32767S + 1S
SELECT CAST(INTERVAL '5' SECOND AS STRING), CAST(INTERVAL '5.25' SECOND AS STRING), CAST(INTERVAL '125' MINUTE AS STRING), CAST(INTERVAL '3:04' MINUTE TO SECOND AS STRING), CAST(INTERVAL '3:04' HOUR TO MINUTE AS STRING), CAST(INTERVAL '-1 2' DAY TO HOUR AS STRING), CAST(INTERVAL '2' YEAR AS STRING)
SELECT CAST(12345678.123456789012345678 AS DECIMAL(38,18)) * CAST(-98765.432109876543210987 AS DECIMAL(38,18)), CAST(0.00000000000000005 AS DECIMAL(38,18)) * CAST(0.1 AS DECIMAL(38,18)), CAST(99999999999999999999 AS DECIMAL(38,18)) * CAST(9 AS DECIMAL(38,10))
SELECT CAST(1.234567890123456789012345678901 AS DECIMAL(38,30)) * CAST(9.876543210987654321098765432109 AS DECIMAL(38,30)), CAST(-3 AS DECIMAL(38,37)) * CAST(3 AS DECIMAL(38,37))
SELECT TIMESTAMP'2024-11-03 00:30:00' + INTERVAL '1 01:00:00' DAY TO SECOND, TIMESTAMP'2024-11-02 12:00:00' - INTERVAL '-1' DAY, TIMESTAMP_NTZ'2024-03-09 10:00:00' + INTERVAL '1' DAY, TIMESTAMP'2024-03-10 01:30:00' + INTERVAL '1' HOUR
SELECT a, b, c FROM VALUES (1, CAST(NULL AS STRING), 0.5) AS t(a, b, c)
SELECT sum(a * (1 - b)), sum(a * (1 - b) * (1 + b)), sum(CASE WHEN c = 'x' THEN a * (1 - b) ELSE 0 END), sum(a * a) FROM VALUES (CAST(10.25 AS DECIMAL(12,2)), CAST(0.05 AS DECIMAL(12,2)), 'x'), (9999999999.99, 0.01, 'y'), (-9999999999.99, 99.99, 'x'), (NULL, 0.1, 'x') AS t(a, b, c)
SELECT sum(a * b), sum(a - b * 2) FROM VALUES (CAST(999999999999999999 AS DECIMAL(18,0)), CAST(0.5 AS DECIMAL(18,9))), (1, 999999999.999999999) AS t(a, b)
SELECT sum(a * b) FROM VALUES (CAST(NULL AS DECIMAL(12,2)), CAST(1 AS DECIMAL(12,2))) AS t(a, b)
SELECT upper('straße'), lower('ÀÉ'), upper('éa')
SELECT skewness(a), kurtosis(a), skewness(b), kurtosis(b), skewness(c) FROM VALUES (1, 5, 2), (2, 5, 3), (4, 5, NULL), (9, 5, NULL) AS t(a, b, c)
SELECT CAST(1.2921900111851569 AS DECIMAL(17,16)) % CAST(1 AS DECIMAL(23,0)), CAST(0 AS DECIMAL(1,0)) / CAST(0.000000000000000000000000000006 AS DECIMAL(33,33)), CAST(123456.78 AS DECIMAL(36,4)) / CAST(98765.4321 AS DECIMAL(36,4))
SELECT array(3, 1, NULL)[1], size(array(1, 2)), CASE WHEN size(array(1)) > 3 THEN array(1)[3] ELSE -1 END
