// Lint: type-aware rules for the sources, lighter ones for scripts. Layout is prettier's business, boundaries are dependency-cruiser's.
import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['node_modules/**', 'out/**', 'dist/**', 'tests/.results/**', 'src-main/payload/kernels/*.as.ts'] },
  js.configs.recommended,
  {
    files: ['src-main/**/*.ts', 'tests/**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      globals: globals.node,
      parserOptions: { project: ['src-main/tsconfig.json', 'tests/tsconfig.json'], tsconfigRootDir: `${import.meta.dirname}/..` },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // Parts are objects of closures, not classes: their methods may be passed on.
      '@typescript-eslint/unbound-method': 'off',
      // It takes assertions for needless that the compiler asks for (indexed access).
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // A seam's method is async because another implementation waits.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: false }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
    },
  },
  { files: ['tests/vitest*.config.ts', 'tests/playwright.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.mjs', '**/*.js', '**/*.cjs'], languageOptions: { globals: globals.node }, extends: [tseslint.configs.disableTypeChecked] },
  ...svelte.configs.recommended,
  { files: ['src-renderer/**/*.svelte'], languageOptions: { globals: globals.browser, parserOptions: { parser: tseslint.parser } } },
  {
    // Without types: svelte-check brings those.
    files: ['src-renderer/**/*.ts', 'src-renderer/**/*.svelte'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      'no-unused-vars': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
    },
  },
  // Names (runes and the DOM's types too) are checked by svelte-check.
  { files: ['src-renderer/**/*.ts'], languageOptions: { globals: globals.browser, parser: tseslint.parser }, rules: { 'no-undef': 'off' } },
  prettier,
)
