import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countObjects } from '../../../../scripts/bench/leaks/heap-objects';

describe('the objects of a heap snapshot', () => {
  it('are counted by constructor in one that V8 has written', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'heap-objects-'));
    const file = path.join(folder, 'snapshot');
    const program = `
      class KeptByTest { note = 'kept ' + Math.random(); }
      globalThis.kept = Array.from({ length: 1234 }, () => new KeptByTest());
      globalThis.functions = Array.from({ length: 567 }, () => function namedByTest() {});
      require('node:v8').writeHeapSnapshot(${JSON.stringify(file)});`;
    try {
      execFileSync(process.execPath, ['-e', program], { timeout: 60_000 });
      const counts = countObjects(readFileSync(file));
      expect(counts['KeptByTest']).toBe(1_234);
      expect(counts['function namedByTest']).toBe(567);
      expect(counts['(string)']).toBeGreaterThan(1_234);
      expect(Object.keys(counts).filter((name) => name.startsWith('kept '))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are found by the fields and types that the snapshot itself names, and V8’s own are left out', () => {
    const snapshot = {
      snapshot: {
        meta: {
          node_fields: ['name', 'id', 'type'],
          node_types: ['string', 'number', ['code', 'object', 'string', 'closure', 'object shape']],
        },
        node_count: 6,
      },
      nodes: [0, 1, 1, 0, 2, 1, 1, 3, 2, 0, 4, 0, 0, 5, 3, 0, 6, 4],
      edges: [],
      strings: ['Exch,"ange"', '"nodes":[1,2,3]'],
    };
    expect(countObjects(Buffer.from(JSON.stringify(snapshot)))).toEqual({
      'Exch,"ange"': 2,
      '(string)': 1,
      'function Exch,"ange"': 1,
    });
  });

  it('are not those of another file', () => {
    expect(() => countObjects(Buffer.from('{}'))).toThrow('This is not a heap snapshot.');
  });
});
