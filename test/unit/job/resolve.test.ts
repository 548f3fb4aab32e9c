/** Jobs whose parts contradict one another: streams, features and output. */

import { describeRefusals, FEATURE, GOOD, LIVE, TWO } from './refusal.ts'

describeRefusals('job-invalid', [
  [
    'order offset of two streams',
    TWO.replace('name: j', 'name: j\nsamples: s').replace('[k]', '[k]\n    order: offset'),
    'streams.s.order:7',
    /a job of one stream/,
    /job of its own/,
  ],
  [
    'streams of different partitions',
    TWO.replace('name: j', 'name: j\nsamples: s').replace('a: { key', 'a: { partitions: 2, key'),
    'streams.a.partitions:4',
    /has 2 partitions and stream s has 1/,
    /same number/,
  ],
  [
    'a feature key of another length',
    FEATURE.replace('on: [k]', 'on: [k, l]'),
    'features.f.on:9',
    /has 2 columns, and the versions have 1 column/,
    /same order/,
  ],
  [
    'wait on files',
    FEATURE.replace('on: [k]', 'on: [k]\n    wait: 5s'),
    'features.f.wait:10',
    /no effect on files/,
    /Leave it out/,
  ],
  [
    'maxAge of nothing',
    FEATURE.replace('on: [k]', 'on: [k]\n    maxAge: 0s'),
    'features.f.maxAge:10',
    /given "0s", expected a duration above 0s/,
  ],
  [
    'available in a store',
    `${GOOD}features:\n  f: { on: k, available: { column: a }, from: { store: d, table: t } }\n`,
    'features.f.available:8',
    /comes from a store/,
    /from files/,
  ],
  [
    'a feature column named status',
    FEATURE.replace('[v]', '[status]'),
    'features.f.from.columns[0]:10',
    /written twice/,
    /Rename/,
  ],
  [
    'two features that write one column',
    FEATURE.replace('columns: [v]', 'columns: [b__c]').concat(
      '  f__b:\n    on: [k]\n    from: { store: d, table: t, columns: [c] }\n',
    ),
    'features.f__b:11',
    /f__b__c, which feature f writes/,
    /Rename/,
  ],
  [
    'a feature on a column that is not declared',
    `${LIVE}features:\n  f: { on: origin, from: { store: d, table: t } }\n`,
    'features.f.on[0]:9',
    /"origin" is not among/,
    /Declared/,
  ],
  [
    'an output column that is not declared',
    `${LIVE}output: { columns: [k, kk] }\n`,
    'output.columns[1]:8',
    /"kk" is not among/,
    /Did you mean "k"/,
  ],
  [
    'an output column that is added anyway',
    `${GOOD}output: { columns: [k, _offset] }\n`,
    'output.columns[1]:7',
    /added by itself/,
    /Leave it out/,
  ],
  [
    'slices of nothing',
    `${GOOD}output: { slice: 0s }\n`,
    'output.slice:7',
    /given "0s", expected at least 1s/,
    /file a partition/,
  ],
])
