import type { Cores } from './rig/cores';
import { isDisturbed, watch } from './rig/disturbance';
import { UPSTREAM_CA, type Upstream } from './rig/upstream';
import { canRun, type Peer, type Prepared } from './peers/peer';
import { DIRECT, type Results } from './results';
import type { Extent, Outcome, Scenario } from './scenarios/scenario';
import { directSubject, proxySubject, type Subject } from './scenarios/subject';

/** A proxy that can be measured here. */
export interface Contender {
  readonly peer: Peer;
  readonly prepared: Prepared;
}

export interface Plan {
  readonly scenarios: readonly Scenario[];
  readonly contenders: readonly Contender[];
  readonly upstream: Upstream;
  readonly cores: Cores;
  readonly extent: Extent;
  readonly rounds: number;
}

/** The time limit of one scenario of one proxy. */
const LIMIT_MS = 120_000;

/**
 * Measures everything, round by round. Within a round every proxy runs a scenario before the next scenario
 * begins, each in its own process, so that other load on the machine affects all of them alike.
 * @param said receives the progress as text
 */
export async function measureAll(plan: Plan, results: Results, said: (line: string) => void): Promise<void> {
  const { rounds: usual, scenarios } = plan;
  const total = Math.max(
    ...scenarios.map(({ leastRounds = 0 }) => roundsOf(plan.extent, usual, leastRounds)),
  );
  for (let round = 0; round < total; round++) {
    for (const scenario of scenarios) {
      if (round >= roundsOf(plan.extent, usual, scenario.leastRounds ?? 0)) continue;
      const began = Date.now();
      for (const [name, subject] of rotated(subjectsOf(plan, scenario), round)) {
        const endWatch = watch(plan.cores, plan.upstream.process.pid);
        const figures = await measureOne(scenario, name, subject, plan.extent, results);
        checkUpstream(plan.upstream);
        const disturbance = endWatch();
        if (isDisturbed(disturbance))
          results.disturbed.push({ scenario: scenario.name, peer: name, round, ...disturbance });
        ((results.rounds[scenario.name] ??= {})[name] ??= []).push(figures);
      }
      const seconds = ((Date.now() - began) / 1_000).toFixed(0);
      said(`round ${round + 1} of ${total}: ${scenario.name}, ${seconds} s`);
    }
  }
}

/** @throws Error with what it wrote to stderr if the upstream has ended: all that followed would be wrong */
function checkUpstream({ process: { child, stderr } }: Upstream): void {
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error(`the upstream ended during a measurement: ${stderr().trim()}`);
}

function roundsOf(extent: Extent, usual: number, least: number): number {
  return extent === 'quick' ? usual : Math.max(usual, least);
}

function subjectsOf({ contenders, upstream, cores }: Plan, scenario: Scenario): [string, Subject][] {
  const address = scenario.overTls
    ? { origin: upstream.tlsOrigin, certificateAuthority: UPSTREAM_CA }
    : { origin: upstream.origin };
  const proxies = contenders
    .filter(({ peer }) => canRun(peer, scenario))
    .map(({ peer, prepared }): [string, Subject] => [
      peer.name,
      proxySubject(prepared, address, cores.proxy),
    ]);
  return scenario.alsoDirect ? [[DIRECT, directSubject(upstream.port)], ...proxies] : proxies;
}

/** Rotates the order, so that no proxy is always the first. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

async function measureOne(
  scenario: Scenario,
  peer: string,
  subject: Subject,
  extent: Extent,
  { problems }: Results,
): Promise<Outcome['figures'] | null> {
  try {
    const outcome = await limited(scenario.measure(subject, extent));
    for (const problem of outcome.problems) problems.push({ scenario: scenario.name, peer, problem });
    return outcome.figures;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    problems.push({ scenario: scenario.name, peer, problem });
    return null;
  }
}

async function limited<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${LIMIT_MS / 1_000} s`)), LIMIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
