/**
 * The scripts that count an access token's use in Redis. Each runs alone, and by the clock of Redis. KEYS: requests and
 * tokens (hashes of a second's number to what came in it), running (a sorted set of leases by their end in ms; a lease is a
 * name, a colon and the nano-dollars that are reserved with it) and money (a hash of the window's first second and what is
 * spent in it, in nano-dollars). Whatever else is found there counts as 0 and is deleted; a number that is too large counts
 * as the largest.
 *
 * Before Redis 5, a script must say that its effects are replicated, because it asks for the time. A hash of more than 200
 * fields is none of these, nor are 20,000 leases, nor one of more than ten minutes. A window that has not begun was made
 * before the clock was set back, by a month at most. The calendar's year 0 begins in March, 719,468 days before 1970; the
 * 31st day after a month's first is in the next month.
 */
const COMMON = `
if redis.replicate_commands then redis.replicate_commands() end
local requests, tokens, running, money = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local time = redis.call('TIME')
local second = tonumber(time[1])
local now = second * 1000 + math.floor(time[2] / 1000)
local function count(text)
  local number = tonumber(text) or 0
  if not (number >= 0) then number = 0 end
  return math.floor(math.min(number, 9007199254740991))
end
local function write(number) return string.format('%.0f', math.min(number, 9007199254740991)) end
local function expect(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= kind and found ~= 'none' then redis.call('DEL', key) end
end
local function minute(key)
  expect(key, 'hash')
  if redis.call('HLEN', key) > 200 then redis.call('DEL', key) end
  local all, sum, came, stale = redis.call('HGETALL', key), 0, {}, {}
  for at = 1, #all, 2 do
    local from, value = count(all[at]), count(all[at + 1])
    if value > 0 and from > second - 61 and from <= second and write(from) == all[at] then
      sum = sum + value
      came[#came + 1] = { from, value }
    else
      stale[#stale + 1] = all[at]
    end
  end
  if #stale > 0 then redis.call('HDEL', key, unpack(stale)) end
  return sum, came
end
local function waitFor(key, limit)
  local sum, came = minute(key)
  if sum < limit then return 0 end
  table.sort(came, function(one, other) return one[1] < other[1] end)
  for _, entry in ipairs(came) do
    sum = sum - entry[2]
    if sum < limit then return (entry[1] + 61) * 1000 - now end
  end
  return 61000
end
local function add(key, number)
  local field = write(second)
  redis.call('HSET', key, field, write(count(redis.call('HGET', key, field)) + number))
  redis.call('PEXPIRE', key, 62000)
end
local function leases()
  expect(running, 'zset')
  redis.call('ZREMRANGEBYSCORE', running, '-inf', write(now))
  redis.call('ZREMRANGEBYSCORE', running, '(' .. write(now + 600000), '+inf')
  if redis.call('ZCARD', running) > 20000 then redis.call('DEL', running) end
  return redis.call('ZCARD', running)
end
local function reserved()
  local sum = 0
  for _, lease in ipairs(redis.call('ZRANGE', running, 0, -1)) do sum = sum + count(string.match(lease, ':(%d+)$')) end
  return sum
end
local function hold(lease, leaseMs)
  redis.call('ZADD', running, write(now + leaseMs), lease)
  redis.call('PEXPIRE', running, 600000)
end
local function monthOf(day)
  local days = day + 719468
  local ofEra = days % 146097
  local year = math.floor((ofEra - math.floor(ofEra / 1460) + math.floor(ofEra / 36524) - math.floor(ofEra / 146096)) / 365)
  local ofYear = ofEra - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * ofYear + 2) / 153)
  return day - (ofYear - math.floor((153 * month + 2) / 5))
end
local function windowOf(period)
  if period == 'total' then return 0, nil end
  local day = math.floor(second / 86400)
  local first, after = day, day + 1
  if period == 'week' then
    first = day - (day + 3) % 7
    after = first + 7
  elseif period == 'month' then
    first = monthOf(day)
    after = monthOf(first + 31)
  end
  return first * 86400, after * 86400
end
local function spentIn(start)
  expect(money, 'hash')
  local found = redis.call('HMGET', money, 'since', 'spent')
  local since = count(found[1])
  if write(since) ~= found[1] or since < start or since > start + 2678400 then return 0, start end
  return count(found[2]), since
end
`;

/**
 * Counts a request, unless it is one too many. ARGV: lease, its ms, period and limit of money, money to reserve, concurrency,
 * requests a minute, tokens a minute; a limit is '' if there is none. Returns 0; or which limit is reached (its place in
 * `EXCESS_KINDS`, from 1) and the ms until it is not, -1 if waiting does not help. A request that may cost more than is left
 * passes alone, so that only one can exceed the limit.
 */
export const RESERVE = `${COMMON}
local lease, leaseMs = ARGV[1], tonumber(ARGV[2])
local budget, wanted = tonumber(ARGV[4]), tonumber(ARGV[5])
local concurrency, rpm, tpm = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local atOnce = (budget or concurrency) and leases()
if budget then
  local start, finish = windowOf(ARGV[3])
  local spent, others = spentIn(start), reserved()
  if spent >= budget then return { 1, finish and finish * 1000 - now or -1 } end
  if others > 0 and spent + others + wanted > budget then return { 2, 1000 } end
end
if concurrency and atOnce >= concurrency then return { 3, 1000 } end
local wait = rpm and waitFor(requests, rpm) or 0
if wait > 0 then return { 4, wait } end
wait = tpm and waitFor(tokens, tpm) or 0
if wait > 0 then return { 5, wait } end
if rpm then add(requests, 1) end
if atOnce then hold(lease, leaseMs) end
return { 0, 0 }
`;

/** Ends a request. ARGV: lease, tokens that it has used, period of money ('' if that is not limited), money that it has cost. */
export const SETTLE = `${COMMON}
expect(running, 'zset')
redis.call('ZREM', running, ARGV[1])
local used, cost = tonumber(ARGV[2]), tonumber(ARGV[4])
if used > 0 then
  minute(tokens)
  add(tokens, used)
end
if cost > 0 and ARGV[3] ~= '' then
  local start, finish = windowOf(ARGV[3])
  local spent, since = spentIn(start)
  redis.call('DEL', money)
  redis.call('HSET', money, 'since', write(since), 'spent', write(spent + cost))
  redis.call('EXPIREAT', money, finish and finish + 86400 or second + 63072000)
end
`;

/** Keeps leases of requests that still run. ARGV: their ms, then each of them. */
export const RENEW = `${COMMON}
leases()
for at = 2, #ARGV do hold(ARGV[at], tonumber(ARGV[1])) end
`;

/**
 * What is counted. ARGV: period of money, '' if that is not limited. Returns requests and tokens of the last minute, running
 * requests, money that is spent and that is reserved, and when the window ends (-1 if it does not), in ms.
 */
export const STATE = `${COMMON}
local start, finish = windowOf(ARGV[1])
local atOnce = leases()
local spent = spentIn(start)
return { (minute(requests)), (minute(tokens)), atOnce, spent, reserved(), finish and finish * 1000 or -1 }
`;

/** What a refusing reservation names by its place. */
export const EXCESS_KINDS = [
  'money',
  'money-reserved',
  'concurrency',
  'requests-per-minute',
  'tokens-per-minute',
] as const;
