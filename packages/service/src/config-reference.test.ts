import { expect, it } from 'vitest';
import { renderConfigReference, renderEnvExample } from './config-reference.ts';
import { integerSetting, secretSetting } from './setting.ts';

const sections = [
  {
    title: 'Boundary',
    introduction: 'The production side.',
    settings: {
      port: integerSetting({
        name: 'PORT',
        unit: 'TCP port',
        default: 8080,
        min: 0,
        max: 9,
        why: 'Where.',
      }),
      key: secretSetting({
        name: 'CRATON_KEY',
        unit: 'base64',
        default: 'required',
        limit: 'a | b',
        why: 'Signs.',
        parse: (text) => text,
      }),
    },
  },
];

it('makes one table row per setting, with the file variable of secrets', () => {
  const page = renderConfigReference(sections);
  expect(page).toContain('## Boundary\n\nThe production side.\n');
  expect(page).toContain(
    '| `PORT` | TCP port | 8080 | a whole number from 0 to 9 | Where. |\n' +
      '| `CRATON_KEY`, `CRATON_KEY_FILE` | base64 | required | a \\| b | Signs. |\n',
  );
});

it('makes an example that sets nothing', () => {
  const lines = renderEnvExample(sections).split('\n');
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  expect(lines).toEqual(
    expect.arrayContaining(['# PORT=8080', '# CRATON_KEY=', '# CRATON_KEY_FILE=']),
  );
});
