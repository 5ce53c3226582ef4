import tseslint from 'typescript-eslint';

/** koffi belongs to kernel/libc.ts alone, blessed to tui/. */
const rooms = (except) => ({
  'no-restricted-imports': [
    'error',
    {
      paths: ['koffi', 'blessed', 'blessed-contrib', 'chokidar']
        .filter((name) => !except.includes(name))
        .map((name) => ({ name, message: 'has a room of its own, see src/README.md' })),
      patterns: ['blessed/*', 'blessed-contrib/*'].filter((name) => !except.includes(name.split('/')[0])),
    },
  ],
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'bin/', 'eslint.config.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...rooms([]),
      // Indexes into tables and buffers are bounded by the loop around them.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      'no-control-regex': 'off',
      eqeqeq: 'error',
    },
  },
  { files: ['src/kernel/libc.ts'], rules: rooms(['koffi']) },
  { files: ['src/tui/**'], rules: rooms(['blessed', 'blessed-contrib']) },
  { files: ['src/collect/watch.ts'], rules: rooms(['chokidar']) },
);
