import * as is from './row';

const { anthropicForm, googleForm, openaiForm } = is;
const POEM =
  'insufficient_quota invalid_api_key Incorrect API key provided: This organization has been disabled.';

type Short = readonly [provider: string, status: number, says: string, body: unknown];

/** What clients can make a provider say; none of it is about the key. */
const quoted: readonly Short[] = [
  [
    'openai',
    400,
    'a value is quoted (epuerta9/deep-research-py#19)',
    openaiForm(
      "Invalid value: 'insufficient_quota'. Supported values are: 'auto', 'default', 'flex', and 'priority'.",
      'invalid_request_error',
      'invalid_value',
      'service_tier',
    ),
  ],
  [
    'openai',
    400,
    'a parameter is named',
    openaiForm("Unknown parameter: 'x'.", 'invalid_request_error', 'unknown_parameter', 'invalid_api_key'),
  ],
  [
    'openai',
    404,
    'a path is quoted',
    openaiForm('Invalid URL (POST /v1/insufficient_quota)', 'invalid_request_error'),
  ],
  [
    'openai',
    400,
    'flagged input is quoted',
    openaiForm(`Flagged: ${POEM}`, 'invalid_request_error', 'content_policy_violation'),
  ],
  [
    'mine',
    400,
    'vLLM repeats the messages',
    {
      object: 'error',
      message: `[{'type': 'missing', 'loc': ('body', 'model'), 'input': {'messages': [{'content': '${POEM}'}]}}]`,
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
  ],
  [
    'mine',
    400,
    'a message that is nothing but what the client wrote',
    { object: 'error', message: POEM, type: 'BadRequestError', param: null, code: 400 },
  ],
  [
    'mine',
    400,
    'a text that a template of the client raised',
    openaiForm('Incorrect API key provided', 'BadRequestError', 400),
  ],
  [
    'mine',
    422,
    'FastAPI repeats the input',
    {
      detail: [
        {
          type: 'missing',
          loc: ['body', 'model'],
          msg: 'Field required',
          input: { code: 'insufficient_quota' },
        },
      ],
    },
  ],
  [
    'groq',
    400,
    "a failed generation repeats the client's schema (console.groq.com/docs/errors)",
    {
      error: {
        message: 'Failed to generate JSON.',
        type: 'invalid_request_error',
        code: 'json_validate_failed',
        failed_generation: `{"code":"invalid_api_key","x":"${POEM}"}`,
      },
    },
  ],
  [
    'anthropic',
    400,
    'a message quotes a field',
    anthropicForm('invalid_request_error', `messages.0.content: ${POEM}`),
  ],
  [
    'anthropic',
    403,
    'an unknown type quotes the credit',
    anthropicForm('policy_error', `"${POEM} Your credit balance is too low to access the API"`),
  ],
  [
    'gemini',
    400,
    'a value is quoted',
    googleForm(400, 'INVALID_ARGUMENT', `Invalid value at 'contents' (API key not valid), "${POEM}"`),
  ],
  [
    'gemini',
    400,
    'field violations quote values',
    googleForm(400, 'INVALID_ARGUMENT', 'Invalid JSON.', [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: 'reason', description: 'API_KEY_INVALID' }],
      },
    ]),
  ],
  [
    'openai',
    400,
    'an error inside a text',
    openaiForm(
      JSON.stringify(openaiForm('', 'insufficient_quota', 'insufficient_quota')),
      'invalid_request_error',
    ),
  ],
  ['openai', 400, 'a JSON body inside a string', JSON.stringify({ error: { code: 'insufficient_quota' } })],
  [
    'openrouter',
    400,
    "another provider's raw response",
    {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: { raw: '{"error":{"code":"insufficient_quota"}}', provider_name: 'X' },
      },
    },
  ],
];

/** Bodies of forms that no provider has. */
const strange: readonly Short[] = [
  ...(
    [
      ['null', null],
      ['a number', 401],
      ['a boolean', true],
      ['a string', 'insufficient_quota'],
      ['an empty array', []],
      ['an array of arrays', [[{ error: { code: 'insufficient_quota' } }]]],
      ['an error that is null', { error: null }],
      ['an error that is a number', { error: 429 }],
      ['an error that is an array', { error: [{ code: 'insufficient_quota' }] }],
      [
        'a code that is an object',
        { error: { code: { code: 'insufficient_quota' }, type: ['insufficient_quota'] } },
      ],
      ['a code of a megabyte', { error: { code: 'insufficient_quota'.repeat(60_000) } }],
      ['a number that JSON does not know', { error: { code: Infinity } }],
      [
        'a code that is a member of every object',
        { error: { code: 'constructor', type: '__proto__', status: 'toString' } },
      ],
      ['an own member named __proto__', JSON.parse('{"__proto__":{"error":{"code":"insufficient_quota"}}}')],
      ['details that are no list', { error: { details: { 0: { reason: 'API_KEY_INVALID' }, length: 1 } } }],
      ['details of null', { error: { details: [null, 1, 'x', [], {}] } }],
      [
        'a thousand details before the one that counts',
        { error: { details: [...Array<null>(1_000).fill(null), { reason: 'API_KEY_INVALID' }] } },
      ],
    ] as const
  ).map(([says, body]) => ['gemini', 400, says, body] as const),
];

export const DECOY_ROWS: readonly is.Row[] = [...quoted, ...strange].map(
  ([provider, status, says, body]) => ({
    ...{ provider, status, says, body, want: is.OK },
  }),
);
