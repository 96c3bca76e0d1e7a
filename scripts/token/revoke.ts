import { effectiveText, type Environment } from '../../src/config/effective-value';
import { revocationOf } from '../../src/config/parsers/secrets';
import { VARIABLES } from '../../src/config/variables';
import { MAX_REVOKED } from '../../src/redis/feeds/revocation-feed';
import type { CommandResult } from '../operator/command-result';
import { isCoveredBy, itemOf, openRevokedList, textOf, type RevokedList } from './revoked-list';

export interface RevokeCommand {
  readonly verb: 'revoke' | 'unrevoke' | 'panic';
  readonly arguments: readonly string[];
  readonly environment: Environment;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

interface Wanted {
  readonly items: readonly string[];
  /** Whether an item of the list is no longer needed. */
  readonly isObsolete: (item: string) => boolean;
}

/** Revokes tokens, or takes that back: in Redis at once, without REDIS_URL by a line to deploy. @throws OperatorError */
export async function changeRevoked(command: RevokeCommand): Promise<CommandResult> {
  const { verb, environment, now } = command;
  const wanted = wantedBy(command);
  if ('problem' in wanted) return { lines: [], notes: [wanted.problem], status: 2 };
  const configured = configuredItems(environment);
  const url = effectiveText(VARIABLES.redisUrl, environment);
  const notes = verb === 'unrevoke' ? [] : staticNotes(wanted.items, environment);
  if (url === '') return withoutRedis(verb, wanted, configured, notes);
  const list = await openRevokedList(url);
  try {
    const { items } = wanted;
    if (verb === 'unrevoke') {
      const known = [...(await list.read()).keys()];
      const absent = items.filter((item) => !known.includes(item));
      if (absent.length === items.length)
        return { lines: [], notes: [...notInList(absent), ...stillConfigured(items, configured)], status: 1 };
      const told = await list.change({ remove: items, nowMs: now() });
      return {
        lines: [
          `${items.filter((item) => known.includes(item)).join(', ')}: no longer revoked. ${toldOf(told)}`,
        ],
        notes: [...notInList(absent), ...stillConfigured(items, configured)],
        status: 0,
      };
    }
    if (verb === 'panic') await addAndPrune(list, wanted, now());
    const told = await list.change({ ...(verb === 'panic' ? {} : { add: items }), nowMs: now() });
    return {
      lines: [`${items.join(', ')}: revoked. ${toldOf(told)}`],
      notes: [
        ...notes,
        `Should Redis lose its data, this is lost: ${VARIABLES.revokedTokens.name} keeps it (${lineWith(configured, wanted)}).`,
      ],
      status: 0,
    };
  } finally {
    list.close();
  }
}

function wantedBy({ verb, arguments: texts, now }: RevokeCommand): Wanted | { readonly problem: string } {
  if (verb === 'panic') {
    if (texts.length > 0)
      return { problem: 'panic revokes every signed token that was made so far, and takes no name.' };
    // The second that is running is included, in which one may have been made.
    const before = Math.floor(now() / 1_000) + 1;
    return { items: [textOf({ before })], isObsolete: isCoveredBy(before) };
  }
  const items = texts.map(itemOf);
  if (texts.length === 0 || !items.every((item) => item !== undefined))
    return {
      problem: `${verb} needs names (mum), ids (mum~t5k2x9, the beginning of the token without slp1~), or a time before which all were made (before:2026-11-29T12:00:00Z).`,
    };
  return { items: [...new Set(items)], isObsolete: () => false };
}

function withoutRedis(
  verb: RevokeCommand['verb'],
  wanted: Wanted,
  configured: readonly string[],
  notes: readonly string[],
): CommandResult {
  const name = VARIABLES.revokedTokens.name;
  const advice = `REDIS_URL is not set, so no running instance can be told. Set this line in .env, or where ${name} is set, and deploy ("npm run deploy"; a container is started again).`;
  if (verb !== 'unrevoke')
    return { lines: [lineWith(configured, wanted)], notes: [advice, ...notes], status: 0 };
  const absent = wanted.items.filter((item) => !configured.includes(item));
  if (absent.length > 0) return { lines: [], notes: [`${absent.join(', ')}: not in ${name}.`], status: 1 };
  const left = configured.filter((item) => !wanted.items.includes(item));
  return { lines: [`${name}=${left.join(',')}`], notes: [advice, ...notes], status: 0 };
}

/** First what revokes all, then what that makes superfluous; of a list that is still too long everything else. */
async function addAndPrune(list: RevokedList, { items, isObsolete }: Wanted, nowMs: number): Promise<void> {
  await list.change({ add: items, anySize: true, nowMs });
  await list.prune(isObsolete);
  if ((await list.size()) > MAX_REVOKED) await list.prune((item) => !items.includes(item));
}

function lineWith(configured: readonly string[], { items, isObsolete }: Wanted): string {
  const kept = configured.filter((item) => !isObsolete(item) && !items.includes(item));
  return `${VARIABLES.revokedTokens.name}=${[...kept, ...items].join(',')}`;
}

/** The items of REVOKED_TOKENS; none if it is not valid, which the deployment reports. */
export function configuredItems(environment: Environment): readonly string[] {
  const parsed = VARIABLES.revokedTokens.parse(effectiveText(VARIABLES.revokedTokens, environment));
  return 'value' in parsed ? parsed.value.map(textOf) : [];
}

/** The names of ACCESS_TOKENS; none if it is not valid. */
export function staticNames(environment: Environment): readonly string[] {
  const parsed = VARIABLES.accessTokens.parse(effectiveText(VARIABLES.accessTokens, environment));
  return 'value' in parsed ? parsed.value.map(({ name }) => name) : [];
}

function staticNotes(items: readonly string[], environment: Environment): readonly string[] {
  const names = staticNames(environment).filter((name) => items.includes(name));
  if (names.length > 0)
    return [
      `${names.join(', ')}: also in ACCESS_TOKENS, whose tokens this does not revoke. Remove it there and deploy.`,
    ];
  const hasAll = items.some((item) => 'before' in (revocationOf(item) ?? {}));
  return hasAll && staticNames(environment).length > 0
    ? ['This is for signed tokens. Those of ACCESS_TOKENS remain valid: replace them there and deploy.']
    : [];
}

function stillConfigured(items: readonly string[], configured: readonly string[]): readonly string[] {
  const still = items.filter((item) => configured.includes(item));
  return still.length === 0
    ? []
    : [`${still.join(', ')}: in REVOKED_TOKENS as well. Remove it there and deploy.`];
}

function notInList(items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [`${items.join(', ')}: not in the list of Redis.`];
}

function toldOf(instances: number): string {
  if (instances === 0)
    return 'No instance is connected to this Redis at present; those that start read the list.';
  return `${instances === 1 ? '1 instance was' : `${instances} instances were`} told; those that start read the list.`;
}
