/** Jobs with a wrong shape further down: files, live, seam, features, output. */

import { describeRefusals, FEATURE, GOOD, LIVE, SEAM } from './refusal.ts'

describeRefusals('job-invalid', [
  [
    'a header that is yes',
    GOOD.replace('files:', 'csv: { header: yes }, files:'),
    'streams.s.history.csv.header:6',
    /given "yes", expected true or false/,
  ],
  [
    'a null text that is null',
    GOOD.replace('files:', 'csv: { null: NULL }, files:'),
    'streams.s.history.csv.null:6',
    /given nothing \(null\), expected the text that stands for null/,
    /remove the line/,
  ],
  [
    'an empty list of files',
    GOOD.replace('"data/*.parquet"', '[]'),
    'streams.s.history.files:6',
    /given an empty list, expected a path or glob/,
  ],
  [
    'a key without a value',
    GOOD.replace('{ files: "data/*.parquet" }', ''),
    'streams.s.history:6',
    /given nothing \(null\), expected a mapping with `files`/,
    /remove the line/,
  ],
  [
    'a column type that is none',
    LIVE.replace('k: utf8', 'k: string'),
    'streams.s.columns.k:7',
    /given "string", expected a column type/,
  ],
  [
    'the type of a column named __proto__',
    LIVE.replace('k: utf8', 'k: utf8, __proto__: string'),
    'streams.s.columns.__proto__:7',
    /given "string", expected a column type/,
  ],
  [
    'a live side without log',
    LIVE.replace('{ log: log }', '{ stop: never }'),
    'streams.s.live.log:6',
    /missing; expected the directory of an embedded log/,
  ],
  [
    'a stop that is none',
    LIVE.replace('log: log', 'log: log, stop: cought-up'),
    'streams.s.live.stop:6',
    /given "cought-up", expected caught-up, never/,
    /Did you mean "caught-up"/,
  ],
  [
    'a stop that is not caught up',
    LIVE.replace('log: log', 'log: log, stop: { caught-up: false }'),
    'streams.s.live.stop.caught-up:6',
    /given false, expected true/,
  ],
  [
    'a seam by nothing',
    SEAM.replace('by: time, ', ''),
    'streams.s.seam.by:8',
    /missing; expected by: time .* or by: offset/,
  ],
  [
    'a seam by place',
    SEAM.replace('by: time', 'by: tim'),
    'streams.s.seam.by:8',
    /given "tim"/,
    /Did you mean "time"/,
  ],
  [
    'a seam without time',
    SEAM.replace(', at: 2001-06-01', ''),
    'streams.s.seam.at:8',
    /missing; expected an instant/,
  ],
  [
    'a scanFrom that is no offset',
    SEAM.replace('by: time', 'by: time, scanFrom: { 0: -1 }'),
    'streams.s.seam.scanFrom["0"]:8',
    /given -1, expected an offset/,
  ],
  [
    'a scanFrom that is no partition',
    SEAM.replace('by: time', 'by: time, scanFrom: { x: 1 }'),
    'streams.s.seam.scanFrom.x:8',
    /given the name "x", expected a partition number/,
  ],
  [
    'a feature without from',
    `${GOOD}features:\n  f: { on: k }\n`,
    'features.f.from:8',
    /missing; expected a mapping with `files`, `store` or `hbase`/,
  ],
  [
    'a feature from a list',
    `${GOOD}features:\n  f: { on: k, from: [] }\n`,
    'features.f.from:8',
    /given an empty list/,
  ],
  [
    'a feature without columns',
    FEATURE.replace(', columns: [v]', ''),
    'features.f.from.columns:10',
    /missing; expected a list of the columns/,
  ],
  [
    'output columns that are no list',
    `${GOOD}output: { columns: k }\n`,
    'output.columns:7',
    /given "k", expected all, or a list/,
  ],
])
