/**
 * A Parquet file as DuckDB writes it, for the tests of the footer: its bytes, its footer, and what DuckDB itself says
 * of it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { footerLength, TAIL_BYTES } from '../../../../src/parquet/format/read-metadata.ts'
import { withDuckDb } from '../../../corpus/oracle.ts'
import { withTempDirectory } from '../../../harness/index.ts'

export type SqlRow = Record<string, unknown>

export interface DuckDbFile {
  readonly bytes: Uint8Array
  readonly footer: Uint8Array
  /** Rows of `parquet_metadata()`, `parquet_schema()` and `parquet_bloom_probe` style table functions. */
  readonly metadata: readonly SqlRow[]
  readonly schema: readonly SqlRow[]
}

/** Every flat type that DuckDB has a column for, 2,000 rows in several row groups, with nulls. */
export const EVERY_TYPE = `
  SELECT CASE WHEN i % 7 = 0 THEN NULL ELSE i % 2 = 0 END AS a_bool, (i % 100)::TINYINT AS b_int8,
    i::SMALLINT AS c_int16, i::INT AS d_int32, -i::BIGINT AS e_int64, (i % 100)::UTINYINT AS f_uint8,
    i::USMALLINT AS g_uint16, (3000000000 + i)::UINTEGER AS h_uint32, (18446744073709551000 + i % 9)::UBIGINT AS i_uint64,
    i / 3::FLOAT AS j_float32, -i / 3::DOUBLE AS k_float64, 'x' || i % 50 AS l_text, encode('y' || i) AS m_blob,
    DATE '1969-12-01' + i::INT AS n_date, TIMESTAMP '1969-12-31 23:50:00' + to_seconds(i) AS o_timestamp,
    TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_seconds(i) AS p_timestamptz, ('2024-01-01'::TIMESTAMP_NS) AS q_ns,
    ('2024-01-01'::TIMESTAMP_MS) AS r_ms, i::DECIMAL(4,0) AS s_decimal4, i::DECIMAL(9,2) AS t_decimal9,
    -i::DECIMAL(18,3) AS u_decimal18, i::DECIMAL(38,5) AS v_decimal38, TIME '10:00:00' AS w_time, uuid() AS x_uuid,
    'c'::ENUM('b', 'c') AS y_enum, to_days(i::INT) AS z_interval, NULL::INT AS zz_null
  FROM range(2000) t(i)`

/** Writes the rows of `query` and reads the file back. */
export function duckDbFile(query: string, options = 'ROW_GROUP_SIZE 2048'): Promise<DuckDbFile> {
  return withTempDirectory(directory =>
    withDuckDb(async connection => {
      const path = join(directory, 'file.parquet')
      await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ${options})`)
      const rowsOf = async (sql: string): Promise<SqlRow[]> =>
        (await connection.runAndReadAll(sql)).getRowObjects()
      const bytes = new Uint8Array(readFileSync(path))
      const end = bytes.length - TAIL_BYTES
      return {
        bytes,
        footer: bytes.subarray(end - footerLength(bytes), end),
        metadata: await rowsOf(`SELECT * FROM parquet_metadata('${path}')`),
        schema: await rowsOf(`SELECT * FROM parquet_schema('${path}')`),
      }
    }),
  )
}
