/** Writes what operators read about settings, from the same tables that the servers parse. */
import { variablesOf } from './config.ts';
import type { Setting, SettingTable } from './setting.ts';

/** The settings of one server. */
export interface SettingSection {
  readonly title: string;
  /** One paragraph of Markdown. */
  readonly introduction: string;
  readonly settings: SettingTable;
}

/** The reference page, in Markdown. */
export function renderConfigReference(sections: readonly SettingSection[]): string {
  return ['# Settings', '', ...PREAMBLE, '', ...sections.flatMap(renderSection)].join('\n');
}

/** The text of `.env.example`: every variable named, none set. */
export function renderEnvExample(sections: readonly SettingSection[]): string {
  const lines = sections.flatMap(({ title, settings }) => [
    `# ---- ${title}`,
    '',
    ...Object.values(settings).flatMap(exampleLines),
  ]);
  return ['# Every setting, with its default. Remove the # before a line to set it.', '', ...lines]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

const PREAMBLE = [
  '<!-- Generated from the tables in the code. Do not edit: a test compares them. -->',
  '',
  'Settings are environment variables, read once at the start. A server refuses to start, naming the',
  'variable and never its value, if a variable that begins with `CRATON_` is unknown, if a value is',
  'outside its limit or empty, or if a security setting is missing. A secret may stand in a file',
  'instead: set `<name>_FILE` to its path, and not both.',
];

function renderSection({ title, introduction, settings }: SettingSection): string[] {
  const rows = Object.values(settings).map((setting) => {
    const names = variablesOf(setting).map((name) => `\`${name}\``);
    const cells = [names.join(', '), setting.unit, setting.default, setting.limit, setting.why];
    return `| ${cells.map(tableCell).join(' | ')} |`;
  });
  const head = ['| Variable | Unit | Default | Limit | Why |', '| --- | --- | --- | --- | --- |'];
  return [`## ${title}`, '', introduction, '', ...head, ...rows, ''];
}

function tableCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function exampleLines(setting: Setting<unknown>): string[] {
  const value = setting.isSecret || setting.absent === undefined ? '' : setting.default;
  const variables = variablesOf(setting).map((name) => `# ${name}=${value}`);
  return [...wrapComment(`${setting.why} (${setting.unit}; ${setting.limit})`), ...variables, ''];
}

const COMMENT_COLUMNS_MAX = 96;

function wrapComment(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > COMMENT_COLUMNS_MAX) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
