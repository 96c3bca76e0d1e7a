import { cpus, release, type } from 'node:os';
import { readArguments, USAGE, type Arguments } from './arguments';
import { pickCores, pinSelf, type Cores } from './rig/cores';
import { endAll, endWithUs } from './rig/processes';
import { startUpstream } from './rig/upstream';
import { barePipe } from './peers/bare-pipe/peer';
import { caddy } from './peers/caddy/peer';
import { haproxy } from './peers/haproxy/peer';
import { httpProxy } from './peers/http-proxy/peer';
import { nginx } from './peers/nginx/peer';
import { before, byModelRoute, everythingOn, Package, passThrough } from './peers/ours/peer';
import type { Peer } from './peers/peer';
import { portkey } from './peers/portkey/peer';
import { chart } from './report/chart';
import { disturbanceNotes } from './report/notes';
import { resultsSection } from './report/readme';
import { HIGHLIGHTED, OURS, summaryChart } from './report/summary';
import { aligned, figureTable, targetTable } from './report/tables';
import { BASE, DIRECT, type Results } from './results';
import { measureAll, type Contender } from './run';
import { save } from './save';
import { SCENARIOS } from './scenarios';

/** Measures the cost of this proxy, beside other proxies and a minimal relay in Node. See README.md here. */
function peersOf(built: Package): readonly Peer[] {
  const ours = [passThrough(built), everythingOn(built), byModelRoute(built)];
  return [...ours, barePipe, nginx, haproxy, caddy, httpProxy, portkey];
}

async function main(): Promise<void> {
  const known = {
    scenarios: SCENARIOS,
    peers: peersOf(new Package()).map(({ name }) => name),
    base: BASE,
    ours: OURS,
  };
  const args = readArguments(process.argv.slice(2), known);
  if (args === 'help') {
    console.log(USAGE);
    return;
  }
  endWithUs();
  try {
    await bench(args);
  } finally {
    endAll();
  }
}

async function bench(args: Arguments): Promise<void> {
  const cores = pickCores();
  console.log(cores.note);
  const built = new Package(args.package);
  const asked = peersOf(built).filter(({ name }) => args.peers.includes(name));
  const earlier = args.before === undefined ? [] : [before(new Package(args.before))];
  const { contenders, absent } = await prepared([...earlier, ...asked]);
  const scenarios = SCENARIOS.filter(({ name }) => args.scenarios.includes(name));
  const results: Results = {
    date: new Date().toISOString(),
    extent: args.extent,
    machine: machine(cores),
    bundleBytes: await built.bytes(),
    peers: contenders.map(({ peer: { name, title }, prepared: { version } }) => ({ name, title, version })),
    absent,
    problems: [],
    disturbed: [],
    rounds: {},
  };
  pinSelf(cores.load);
  const upstream = await startUpstream(cores.load);
  const { extent, rounds } = args;
  const plan = { scenarios, contenders, upstream, cores, extent, rounds };
  await measureAll(plan, results, console.log);
  await upstream.process.stop();
  await report(results, args);
}

/** The proxies that are available on this machine, and why the others are not. */
async function prepared(
  peers: readonly Peer[],
): Promise<{ readonly contenders: Contender[]; readonly absent: string[] }> {
  const contenders: Contender[] = [];
  const absent: string[] = [];
  for (const peer of peers) {
    try {
      contenders.push({ peer, prepared: await peer.prepare() });
    } catch (error) {
      if (OURS.includes(peer.name) || peer.name === BASE) throw error;
      absent.push(
        `${peer.title}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'failed'}`,
      );
    }
  }
  return { contenders, absent };
}

async function report(results: Results, { writes, rounds }: Arguments): Promise<void> {
  console.log(`\n${aligned(figureTable(results, SCENARIOS))}\n\n${aligned(targetTable(results))}\n`);
  if (results.extent === 'quick')
    console.log('Quick: fewer and shorter streams than the titles say; the targets are for the whole run.');
  for (const line of disturbanceNotes(results)) console.log(line);
  for (const line of results.absent) console.log(`left out: ${line}`);
  for (const { scenario, peer, problem } of results.problems)
    console.log(`did not work: ${scenario}, ${peer}: ${problem}`);
  const folder = await save(
    {
      json: JSON.stringify(results),
      svg: chart(results, SCENARIOS, HIGHLIGHTED),
      summarySvg: summaryChart(results),
      section: resultsSection(results, SCENARIOS, rounds),
    },
    writes,
  );
  console.log(`latest.json, latest.svg and summary.svg are in ${folder}`);
  // In another proxy a failure is only reported; in this one it fails the run.
  const ours = [...OURS, BASE, DIRECT];
  if (results.problems.some(({ peer }) => ours.includes(peer))) process.exitCode = 1;
}

function machine({ note }: Cores): Results['machine'] {
  const all = cpus();
  return {
    node: process.versions.node,
    os: `${type()} ${release().replace(/-.*$/, '')}`,
    cpu: `${all.length} × ${all[0]?.model ?? 'unknown'}`,
    cores: note,
  };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
