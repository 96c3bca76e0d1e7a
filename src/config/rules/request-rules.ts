import { capOutput } from '../../transforms/cap-output';
import { dropMembers } from '../../transforms/drop-members';
import { moveSystemMessage } from '../../transforms/move-system-message';
import { CACHE_TIMES, markPromptCache } from '../../transforms/prompt-cache';
import { CHAT_FORMATS } from '../../transforms/registry';
import type { BodyChange, Rule } from '../../transforms/rule';
import { defaultMembers, setMembers } from '../../transforms/set-members';
import type { ParseResult } from '../parsers/basic';
import { readHeaderChanges } from './header-changes';
import { RuleReader } from './rule-reader';

/** Code of the bundle, which need not be in this file as well. */
export interface BundledCode {
  readonly modelPattern: (pattern: string) => (model: string) => boolean;
  readonly isHiddenFromUpstream: (header: string) => boolean;
  /** The form of an access token's name. */
  readonly tokenName: RegExp;
}

/** No table that a person keeps has more, and each costs every request a comparison. */
const MAX_RULES = 100;
const MAX_TOKENS = 10_000_000;
const MAX_MESSAGES = 99;

const FORM =
  'must be a list of rules: a list of tables in a configuration file, or the same in JSON, as [{"model": "o3*", "drop": ["temperature"]}].';

const RULE_NAME = /^[A-Za-z0-9][\w.-]{0,31}$/;
const PROVIDER = /^[a-z][a-z0-9]{1,30}$/;
/** Of any characters that a provider's own name of a model may have, and of "*". */
const MODEL = /^[^\s"\\]{1,200}$/;

const CONDITIONS = ['provider', 'model', 'token'] as const;
const ACTIONS = [
  ...['default', 'set', 'drop', 'max-tokens', 'prompt-cache', 'move-system-message'],
  ...['add-headers', 'drop-headers'],
];
const FIELDS: readonly string[] = ['name', ...CONDITIONS, ...ACTIONS];

/** What decides where a request goes, what its token may use, and how its response is read. */
const FIXED_MEMBERS: readonly string[] = ['model', 'models', 'stream'];

/**
 * `[{"model": "o3*", "drop": ["temperature"]}]`: what is changed of requests, by provider, model and access token. The build
 * makes a file beside the bundle of this, which is loaded only where there are rules.
 */
export function readRequestRules(text: string, code: BundledCode): ParseResult<readonly Rule[]> {
  const entries = parsed(text);
  if (!Array.isArray(entries)) return { problem: FORM };
  if (entries.length > MAX_RULES) return { problem: `must have at most ${MAX_RULES} rules.` };
  const problems: string[] = [];
  const rules = entries.map((entry: unknown, at) => {
    const reader = new RuleReader(entry, `rule ${at + 1}`, problems);
    return readRule(reader, at, code);
  });
  rules.forEach(({ name }, at) => {
    if (rules.findIndex((rule) => rule.name === name) < at)
      problems.push(`rule ${at + 1} has the name of another one. Give each a name of its own.`);
  });
  return problems.length > 0 ? { problem: `has problems: ${problems.join(' ')}` } : { value: rules };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readRule(reader: RuleReader, at: number, code: BundledCode): Rule {
  reader.checkFields(FIELDS);
  if (reader.isTable && !ACTIONS.some((action) => reader.has(action)))
    reader.report(`does nothing. Give it one of ${ACTIONS.join(', ')}, or remove it.`);
  const name = reader.text(
    'name',
    RULE_NAME,
    'must be a name of at most 32 letters, digits, ".", "_" and "-"',
  );
  return {
    name: name ?? `rule-${at + 1}`,
    providers: reader.texts('provider', PROVIDER, 'must be a name of a provider, or a list of them'),
    tokens: reader.texts('token', code.tokenName, 'must be a name of an access token, or a list of them'),
    models: reader
      .texts(
        'model',
        MODEL,
        'must be a model, or a list of them, "*" standing for any characters but a slash',
      )
      ?.map(code.modelPattern),
    changes: readChanges(reader),
    headers: readHeaderChanges(reader, code.isHiddenFromUpstream),
  };
}

/** In the order in which they are applied: first which members there are, then what is in them. */
function readChanges(reader: RuleReader): readonly BodyChange[] {
  const members = {
    drop: reader.texts('drop', /^[^]{1,100}$/, 'must be a name of a member, or a list of them'),
    set: reader.members('set'),
    default: reader.members('default'),
  };
  const names = [...(members.drop ?? []), ...(members.set?.keys() ?? []), ...(members.default?.keys() ?? [])];
  if (names.some((name) => FIXED_MEMBERS.includes(name)))
    reader.report(
      `changes ${FIXED_MEMBERS.join(', ')}, which decide where a request goes and how its response is read. Use MODEL_ROUTES for another model.`,
    );
  if (new Set(names).size < names.length)
    reader.report('has the same member twice in default, set and drop. Leave it in one of them.');
  const mostTokens = reader.integer('max-tokens', 1, MAX_TOKENS);
  const behind = reader.integer('move-system-message', 1, MAX_MESSAGES);
  const move = behind === undefined ? undefined : moveSystemMessage.arm(String(behind));
  const cacheTime = reader.oneOf('prompt-cache', CACHE_TIMES);
  return [
    members.drop && { apply: dropMembers(members.drop) },
    members.set && { apply: setMembers(members.set) },
    members.default && { apply: defaultMembers(members.default) },
    mostTokens === undefined ? undefined : { apply: capOutput(mostTokens) },
    move && { apply: move, formats: CHAT_FORMATS },
    cacheTime && { apply: markPromptCache(cacheTime), formats: ['messages'] as const },
  ].filter((change) => change !== undefined);
}
