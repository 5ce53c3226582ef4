/** --help, the man page and shell completions: all made of the command and option tables. */
import type { CommandRecord } from './command.js';
import type { OptionRecord } from './option-parser.js';
import { FILTER_KEYS } from '../analysis/filter.js';

const INDENT = 28;

function optionHead({ short, long, argument, implied }: OptionRecord): string {
  const value = argument === undefined ? '' : implied === undefined ? ` ${argument}` : `[=${argument}]`;
  return `${short === undefined ? '    ' : `-${short}, `}--${long}${value}`;
}

function twoColumns(left: string, right: string): string {
  const head = `  ${left}`;
  return head.length < INDENT ? `${head.padEnd(INDENT)}${right}` : `${head}\n${' '.repeat(INDENT)}${right}`;
}

function usageLine({ name, operands }: CommandRecord): string {
  return ['nsview', name, '[OPTIONS]', operands].filter(Boolean).join(' ');
}

export const EXIT_CODES: readonly [number, string][] = [
  [0, 'all went well'],
  [1, 'it failed'],
  [2, 'the command line is wrong'],
  [3, 'with --strict: something could not be read'],
];

export const GLOBAL_OPTIONS: readonly OptionRecord[] = [
  { long: 'help', short: 'h', help: 'this help' },
  { long: 'version', short: 'V', help: 'print the version' },
];

/** Help of one command, or of all where it is the nameless one. */
export function helpText(commands: readonly CommandRecord[], command: CommandRecord): string {
  const lines = [`Usage: ${usageLine(command)}`];
  if (command.name === '') lines.push('       nsview COMMAND [OPTIONS] [OPERANDS]');
  lines.push(
    '',
    sentence(
      command.name === ''
        ? 'The htop of Linux namespaces: every namespace of this machine, what lives in it and why it is alive'
        : command.summary,
    ),
  );
  if (command.verbs) {
    lines.push('', 'Or:');
    for (const { verb, operands, summary } of command.verbs) {
      lines.push(twoColumns([command.name, verb, operands].join(' '), summary));
    }
  }
  if (command.name === '') {
    lines.push('', 'Commands (nsview COMMAND --help tells more):');
    for (const { name, operands, summary } of commands) {
      if (name !== '') lines.push(twoColumns([name, operands].filter(Boolean).join(' '), summary));
    }
  }
  lines.push('', 'Options:');
  for (const option of [...command.options, ...GLOBAL_OPTIONS])
    lines.push(twoColumns(optionHead(option), option.help));
  lines.push('', `Exit status: ${EXIT_CODES.map(([code, meaning]) => `${code} ${meaning}`).join('; ')}.`);
  return `${lines.join('\n')}\n`;
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

function roffOptions(options: readonly OptionRecord[]): string[] {
  return options.flatMap((option) => [
    '.TP',
    `.B ${roff(optionHead(option).trim())}`,
    roff(sentence(option.help)),
  ]);
}

/** The man page, nsview(1). */
export function manPage(commands: readonly CommandRecord[], version: string): string {
  const top = commands.find(({ name }) => name === '')!;
  const lines = [
    `.TH NSVIEW 1 "" "nsview ${version}" "User Commands"`,
    '.SH NAME',
    'nsview \\- show every Linux namespace, what lives in it and why it is alive',
    '.SH SYNOPSIS',
    ...commands.flatMap((command) => [`.B ${roff(usageLine(command))}`, '.br']),
    '.SH DESCRIPTION',
    roff(
      'Without a command nsview shows the namespaces of the machine in the terminal; press ? there for the keys.',
    ),
    '.SH OPTIONS',
    ...roffOptions([...top.options, ...GLOBAL_OPTIONS]),
    '.SH COMMANDS',
  ];
  for (const command of commands.filter(({ name }) => name !== '')) {
    lines.push(
      `.SS ${roff(usageLine(command))}`,
      roff(sentence(command.summary)),
      ...(command.verbs ?? []).flatMap(({ verb, operands, summary }) => [
        '.TP',
        `.B ${roff(`nsview ${command.name} ${verb} ${operands}`)}`,
        roff(sentence(summary)),
      ]),
      ...roffOptions(command.options),
    );
  }
  lines.push(
    '.SH FILTERS',
    roff('Terms separated by blanks; all must hold; ! negates one; a bare word is looked for.'),
  );
  for (const { key, help } of FILTER_KEYS) lines.push('.TP', `.B ${key}:`, roff(sentence(help)));
  lines.push('.SH EXIT STATUS');
  for (const [code, meaning] of EXIT_CODES) lines.push('.TP', `.B ${code}`, roff(sentence(meaning)));
  lines.push('.SH SEE ALSO', '.BR lsns (8), .BR nsenter (1), .BR unshare (1), .BR namespaces (7)');
  return `${lines.join('\n')}\n`;
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

function words(options: readonly OptionRecord[]): string {
  return options
    .flatMap(({ long, short }) => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])])
    .join(' ');
}

function bashCompletion(commands: readonly CommandRecord[]): string {
  const named = commands.filter(({ name }) => name !== '');
  const cases = commands.map(
    ({ name, options, verbs = [] }) =>
      `    ${name === '' ? '"")' : `${name})`} words="${[...verbs.map(({ verb }) => verb), words([...options, ...GLOBAL_OPTIONS])].join(' ')}" ;;`,
  );
  const choices = commands
    .flatMap(({ options }) => options)
    .filter(({ choices: list }) => list !== undefined)
    .map(
      ({ long, short, choices: list }) =>
        `    --${long}${short === undefined ? '' : `|-${short}`}) words="${list!.join(' ')}" ;;`,
    );
  return `_nsview() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command="" words=""
  case " ${named.map(({ name }) => name).join(' ')} " in *" \${COMP_WORDS[1]} "*) [ "$COMP_CWORD" -gt 1 ] && command=\${COMP_WORDS[1]} ;; esac
  case "$command" in
${cases.join('\n')}
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="$words ${named.map(({ name }) => name).join(' ')}"
  case "$previous" in
${[...new Set(choices)].join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ "\${#COMPREPLY[@]}" -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _nsview nsview
`;
}

function fishCompletion(commands: readonly CommandRecord[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines: string[] = [];
  for (const { name, summary, options, verbs = [] } of commands) {
    const condition = name === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${name}`;
    if (name !== '')
      lines.push(`complete -c nsview -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`);
    for (const { verb, summary: what } of verbs)
      lines.push(`complete -c nsview -n ${quote(condition)} -f -a ${verb} -d ${quote(what)}`);
    for (const { long, short, argument, choices, help } of [...options, ...GLOBAL_OPTIONS]) {
      const parts = [`complete -c nsview -n ${quote(condition)} -l ${long}`];
      if (short !== undefined) parts.push(`-s ${short}`);
      if (argument !== undefined) parts.push('-r');
      if (choices) parts.push(`-f -a ${quote(choices.join(' '))}`);
      lines.push(`${parts.join(' ')} -d ${quote(help)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A completion script; zsh uses bash's through bashcompinit. */
export function completionScript(commands: readonly CommandRecord[], shell: Shell): string {
  if (shell === 'fish') return fishCompletion(commands);
  const bash = bashCompletion(commands);
  return shell === 'bash' ? bash : `#compdef nsview\nautoload -U +X bashcompinit && bashcompinit\n${bash}`;
}
