import { MAX_MODELS, MAX_REST_ROWS, MAX_ROWS } from '../../books/book-rows';
import { OTHER, ROWS, type UsePeriod } from './use-keys';

/** A batch whose reply was lost is sent again within this time. */
const SENT_LIFE_SECONDS = 86_400;
/** All figures of a row, as long as they can be. */
export const MAX_ROW_CHARACTERS = 3_000;

/**
 * Adds a batch of one day's rows, once: a batch whose number is not above the last one of its instance was added before.
 * KEYS: the day's places, what the instance has sent, the place for the rest; then each row's place. ARGV: the batch's number;
 * then for each row the name of its place, its own name, and its figures as `name=number name=number`. Places and rows are
 * limited as in an instance. Whatever else is found in Redis is deleted or counts as 0; a sum that is too large counts as the
 * largest.
 */
export function addScript({ lifeSeconds }: UsePeriod): string {
  return `
local day, sent, rest = KEYS[1], KEYS[2], KEYS[3]
local function number(text)
  local found = tonumber(text) or 0
  if not (found >= 0) then found = 0 end
  return math.min(found, 9007199254740991)
end
local function write(value) return string.format(value == math.floor(value) and '%.0f' or '%.17g', value) end
local function expect(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= kind and found ~= 'none' then redis.call('DEL', key) end
end
local function add(key, row, figures)
  local known = redis.call('HGET', key, row) or ''
  if #known > ${MAX_ROW_CHARACTERS} then known = '' end
  local names, sums = {}, {}
  for name, value in string.gmatch(known .. ' ' .. figures, '([%l%d_]+)=([%d.e+-]+)') do
    if not sums[name] then names[#names + 1] = name end
    sums[name] = math.min((sums[name] or 0) + number(value), 9007199254740991)
  end
  for at, name in ipairs(names) do names[at] = name .. '=' .. write(sums[name]) end
  redis.call('HSET', key, row, table.concat(names, ' '))
end
expect(sent, 'string')
if number(redis.call('GET', sent)) >= number(ARGV[1]) then return 0 end
redis.call('SET', sent, ARGV[1], 'EX', ${SENT_LIFE_SECONDS})
expect(day, 'hash')
local rows = number(redis.call('HGET', day, '${ROWS}'))
for at = 4, #KEYS do
  local first = 2 + (at - 4) * 3
  local key, place, row = KEYS[at], ARGV[first], ARGV[first + 1]
  expect(key, 'hash')
  local size = redis.call('HLEN', key)
  if size == 0 and rows >= ${MAX_ROWS + MAX_REST_ROWS} then
    key, place, row = rest, '${OTHER}', '${OTHER}'
    expect(key, 'hash')
  elseif redis.call('HEXISTS', key, row) == 0 and (rows >= ${MAX_ROWS} or size >= ${MAX_MODELS}) then
    row = '${OTHER}'
  end
  rows = rows + 1 - redis.call('HEXISTS', key, row)
  add(key, row, ARGV[first + 2])
  redis.call('HSET', day, place, '1')
  redis.call('EXPIRE', key, ${lifeSeconds})
end
redis.call('HSET', day, '${ROWS}', write(rows))
redis.call('EXPIRE', day, ${lifeSeconds})
return 1
`;
}
