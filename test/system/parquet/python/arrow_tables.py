"""Tables of every type that Arrow can put into a flat Parquet column, with the values where mistakes show.

Each column has the name of its type, and a text: the type that Hindcast has for it, or `-` and why it reads none.
"""

import decimal
import random
import uuid

import pyarrow as pa

ROWS = 450
NULLS = 0.2

INT_EDGES = {bits: [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, -1, 0, 1] for bits in (8, 16, 32, 64)}
UINT_EDGES = {bits: [2**bits - 1, 2 ** (bits - 1), 2 ** (bits - 1) - 1, 0, 1] for bits in (8, 16, 32, 64)}
FLOAT_EDGES = [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1.0, -1.5, 2.0**-24]
TEXTS = ["", "a", "plain", "é", "語彙", "🛫 gate", "nul\0inside", "x" * 70, "prefix-one", "prefix-two"]


def integers(bits, signed):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    edges = INT_EDGES[bits] if signed else UINT_EDGES[bits]
    return lambda chance: chance.choice(edges) if chance.random() < 0.3 else chance.randint(low, high)


def ticks(low, high):
    """Few distinct values, and wide ones between them."""
    return lambda chance: chance.choice([low, high, 0, -1, 1, chance.randint(low, high)])


def floats(width):
    edges = FLOAT_EDGES + ([5e-324, 1.7976931348623157e308] if width == 64 else [])
    scale = 100.0 if width == 16 else 1e6
    return lambda chance: chance.choice(edges) if chance.random() < 0.3 else chance.uniform(-scale, scale)


def decimals(precision, scale):
    most = 10**precision - 1

    def make(chance):
        digits = chance.choice([most, -most, 0, 1, -1, chance.randint(-most, most), chance.randint(-99, 99)])
        with decimal.localcontext() as context:
            context.prec = 80
            return decimal.Decimal(digits).scaleb(-scale)

    return make


def text(chance):
    return chance.choice(TEXTS) if chance.random() < 0.6 else f"prefix-{chance.randint(0, 10**6)}"


def blob(chance):
    return chance.randbytes(chance.choice([0, 1, 3, 8, 40])) if chance.random() < 0.7 else b"\xff\xfe\x80"


def fixed(length):
    return lambda chance: chance.choice([bytes(length), b"\xff" * length, chance.randbytes(length)])


def json_text(chance):
    return '{"n":%d}' % chance.randint(0, 99)


def times(per_second):
    last = 86_400 * per_second - 1
    return lambda chance: chance.choice([0, 1, last, chance.randint(0, last)])


YEARS = 40_000_000_000  # seconds: some 1,270 years around 1970

COLUMNS = [
    ("bool", pa.bool_(), "bool", lambda chance: chance.random() < 0.4),
    *((f"int{bits}", getattr(pa, f"int{bits}")(), f"int{bits}", integers(bits, True)) for bits in (8, 16, 32, 64)),
    *((f"uint{bits}", getattr(pa, f"uint{bits}")(), f"uint{bits}", integers(bits, False)) for bits in (8, 16, 32, 64)),
    ("float16", pa.float16(), "float32", floats(16)),
    ("float32", pa.float32(), "float32", floats(32)),
    ("float64", pa.float64(), "float64", floats(64)),
    *((f"decimal{p}_{s}", pa.decimal128(p, s), f"decimal({p},{s})", decimals(p, s)) for p, s in ((5, 2), (9, 2), (18, 4), (18, 0))),
    ("decimal38", pa.decimal128(38, 10), "decimal(38,10)", decimals(38, 10)),
    ("decimal50", pa.decimal256(50, 7), "-decimal(50,7)", decimals(50, 7)),
    ("date", pa.date32(), "date", ticks(-700_000, 2_000_000)),
    ("ms", pa.timestamp("ms"), "timestamp[ms]", ticks(-YEARS * 10**3, YEARS * 10**3)),
    ("ms_utc", pa.timestamp("ms", "UTC"), "timestamp[ms, UTC]", ticks(-YEARS * 10**3, YEARS * 10**3)),
    ("us", pa.timestamp("us"), "timestamp[us]", ticks(-YEARS * 10**6, YEARS * 10**6)),
    ("us_utc", pa.timestamp("us", "UTC"), "timestamp[us, UTC]", ticks(-YEARS * 10**6, YEARS * 10**6)),
    ("ns", pa.timestamp("ns"), "timestamp[ns]", ticks(-(2**62), 2**62)),
    ("ns_utc", pa.timestamp("ns", "Europe/Berlin"), "timestamp[ns, UTC]", ticks(-(2**62), 2**62)),
    ("text", pa.string(), "utf8", text),
    ("large_text", pa.large_string(), "utf8", text),
    ("text_view", pa.string_view(), "utf8", text),
    ("blob", pa.binary(), "binary", blob),
    ("large_blob", pa.large_binary(), "binary", blob),
    ("fixed3", pa.binary(3), "binary", fixed(3)),
    ("fixed16", pa.binary(16), "binary", fixed(16)),
    ("uuid", pa.uuid(), "utf8", lambda chance: uuid.UUID(bytes=chance.randbytes(16)).bytes),
    ("json", pa.json_(), "utf8", json_text),
    ("dictionary", pa.dictionary(pa.int8(), pa.string()), "utf8", lambda chance: chance.choice(TEXTS)),
    ("time_ms", pa.time32("ms"), "time[ms]", times(10**3)),
    ("time_us", pa.time64("us"), "time[us]", times(10**6)),
    ("sorted32", pa.int32(), "int32", None),
    ("sorted64", pa.int64(), "int64", None),
    ("time_ns", pa.time64("ns"), "time[ns]", times(10**9)),
    *((f"decimal{p}_{s}", pa.decimal128(p, s), f"decimal({p},{s})", decimals(p, s)) for p, s in ((19, 0), (25, 25))),
    ("decimal38_large", pa.decimal256(38, 2), "decimal(38,2)", decimals(38, 2)),
]

SORTED = {"sorted32": (-(2**31), 2**32 // ROWS), "sorted64": (-(2**53), 2**54 // ROWS)}


def make_table(rows, nulls, seed):
    """A table of `rows` rows, each value null with probability `nulls`; required columns where that is 0."""
    chance = random.Random(seed)
    arrays, fields = [], []
    for name, kind, hindcast_type, value in COLUMNS:
        if name in SORTED:
            first, step = SORTED[name]
            values = [first + i * step + chance.randint(0, step - 1) for i in range(rows)]
        else:
            values = [value(chance) for _ in range(rows)]
        values = [None if chance.random() < nulls else value for value in values]
        arrays.append(array_of(values, kind))
        fields.append(pa.field(name, kind, nullable=nulls > 0))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def array_of(values, kind):
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode().cast(kind)
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array(values, kind.storage_type))
    if pa.types.is_timestamp(kind) or pa.types.is_date32(kind):
        return pa.array(values, pa.int32() if pa.types.is_date32(kind) else pa.int64()).view(kind)
    if pa.types.is_time(kind):
        return pa.array(values, pa.int32() if pa.types.is_time32(kind) else pa.int64()).view(kind)
    return pa.array(values, kind)
