import { dataOf, endOfData, eventsIn, nameOf } from '../../../src/meter/text/events';

const TEXT = 'data: 1\n\ndata: 2\n\ndata: 3';
const MIXED = 'data: 1\r\n\r\ndata: 2\r\r: 3\n\r\ndata: 4\r\n\rdata: 5';

describe('the events in a part of a stream', () => {
  it.each([
    ['the beginning', TEXT, true, false, { cut: '', whole: ['data: 1', 'data: 2'], rest: 'data: 3' }],
    [
      'the beginning that is all',
      TEXT,
      true,
      true,
      { cut: '', whole: ['data: 1', 'data: 2', 'data: 3'], rest: '' },
    ],
    ['a middle', TEXT, false, false, { cut: 'data: 1', whole: ['data: 2'], rest: 'data: 3' }],
    ['an end', TEXT, false, true, { cut: 'data: 1', whole: ['data: 2', 'data: 3'], rest: '' }],
    [
      'line ends of each form',
      MIXED,
      true,
      false,
      { cut: '', whole: ['data: 1', 'data: 2', ': 3', 'data: 4'], rest: 'data: 5' },
    ],
    ['a blank line at its end', 'data: 1\n\n', true, false, { cut: '', whole: ['data: 1'], rest: '' }],
    ['two lines', 'event: a\r\ndata: 1', true, false, { cut: '', whole: [], rest: 'event: a\r\ndata: 1' }],
    ['a middle without a blank line', 'a: 1', false, false, { cut: '', whole: [], rest: '' }],
    ['an end without a blank line', 'a: 1', false, true, { cut: '', whole: [], rest: '' }],
    ['a stream of one event', 'data: 1', true, true, { cut: '', whole: ['data: 1'], rest: '' }],
    ['nothing', '', true, true, { cut: '', whole: [''], rest: '' }],
  ])('of %s', (_what, text, isBeginning, isEnd, expected) => {
    expect(eventsIn(text, isBeginning, isEnd)).toEqual(expected);
  });
});

it.each([
  ['data: {"a":1}', '{"a":1}'],
  ['data:{"a":1}', '{"a":1}'],
  ['data:  two', ' two'],
  ['event: x\ndata: 1\nid: 7\ndata: 2', '1\n2'],
  ['data: 1\r\ndata\rdata: 2', '1\n\n2'],
  ['data: 1\n', '1'],
  ['data', ''],
  ['datax: 1', ''],
  ['event: x', ''],
  [': data: 1', ''],
  ['', ''],
])('the data of %j is %j', (event, data) => {
  expect(dataOf(event)).toBe(data);
});

it.each([
  ['lf","usage":1}', 'lf","usage":1}'],
  ['data: x\ndata: {"a":1}\n', ' {"a":1}'],
  ['x\r\ndata:{"a":1}\r\n', '{"a":1}'],
  ['', ''],
])('the end of the data of %j, whose beginning is missing, is %j', (event, end) => {
  expect(endOfData(event)).toBe(end);
});

it.each([
  ['event: error\ndata: 1', 'error'],
  ['data: 1\r\nevent:error', 'error'],
  ['event:  two\rdata: 1', ' two'],
  ['event: error\nevent: message', 'message'],
  ['event: error\nevent', ''],
  ['events: error\n: event: error\ndata: event: error', ''],
  ['', ''],
])('the name of %j is %j', (event, name) => {
  expect(nameOf(event)).toBe(name);
});
