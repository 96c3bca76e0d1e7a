import { createRequire } from 'node:module';
import path from 'node:path';
import rooms from './scripts/house/rooms.json' with { type: 'json' };

// The linter's packages are those of __tests__, apart from what `npm ci` at the top installs.
const require = createRequire(path.join(import.meta.dirname, '__tests__/package.json'));
const eslint = require('@eslint/js');
const tseslint = require('typescript-eslint');

const BROWSER_GLOBALS = [
  'document',
  'window',
  'localStorage',
  'sessionStorage',
  'navigator',
  'location',
  'history',
];

/** The packages that only some rooms may import. */
const PACKAGES = [...new Set(rooms.flatMap(({ packages }) => packages))];

/** What files directly in a room must not import: any room above it in the list, and what is another room's to know. */
function forbiddenIn({ room, node, packages }) {
  const above = rooms.slice(
    0,
    rooms.findIndex((one) => one.room === room),
  );
  const others = PACKAGES.filter((name) => !packages.includes(name));
  return [
    ...above.map((one) => ({
      regex: `^${importOf(room, one.room).replaceAll('.', '\\.')}/[^/]+$`,
      message: `src/${room} is below src/${one.room}: it must not import it. See ARCHITECTURE.md.`,
    })),
    ...(others.length === 0
      ? []
      : [
          {
            regex: `^(?:${others.join('|')})(?:/|$)`,
            message: `src/${room} does without this package. See ARCHITECTURE.md.`,
          },
        ]),
    ...(node
      ? []
      : [
          {
            regex: '^node:',
            allowTypeImports: true,
            message: `src/${room} does without Node. See ARCHITECTURE.md.`,
          },
        ]),
  ];
}

/** The folder of another room, as an import in a file of the first names it. */
function importOf(from, to) {
  const relative = path.posix.relative(`src/${from}`, `src/${to}`);
  return relative.startsWith('.') ? relative : `./${relative}`;
}

function forbidden(name, whose) {
  return { name, message: `This room does without ${whose}. See ARCHITECTURE.md.` };
}

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A number in a message or a port in a URL is what the template is for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  ...rooms.map((room) => ({
    files: [`src/${room.room}/*.{ts,tsx}`],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: forbiddenIn(room) }],
      ...(room.environment
        ? {}
        : {
            'no-restricted-properties': [
              'error',
              {
                object: 'process',
                property: 'env',
                message: 'Only src/entry reads the environment. See ARCHITECTURE.md.',
              },
            ],
          }),
      'no-restricted-globals': [
        'error',
        ...(room.node ? [] : ['process'].map((name) => forbidden(name, 'Node'))),
        ...(room.browser ? [] : BROWSER_GLOBALS.map((name) => forbidden(name, 'a browser'))),
      ],
    },
  })),
  {
    // What stands in the page itself, and loads its script.
    files: ['src/pages/index-page/loader.ts', 'src/pages/token-form/open-with-token.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    files: ['scripts/**'],
    // Scripts speak to a person on a terminal.
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { module: 'writable', require: 'readonly', __dirname: 'readonly' } },
  },
);
