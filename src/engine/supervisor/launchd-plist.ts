import { AoError } from "../../error.ts";
import type { DaemonFacts } from "./port.ts";

const doctype =
  '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" ' +
  '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">';

/**
 * The agent of the daemon, after launchd.plist(5). Throws `usage` for a path that XML cannot hold.
 */
export function launchdPlist(label: string, { command, path, home, logFile }: DaemonFacts): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
${doctype}
<!-- Written by \`ao daemon install\`, which writes it anew. -->
<plist version="1.0">
<dict>
  <key>Label</key>
  ${text(label)}
  <key>ProgramArguments</key>
  <array>
${command.map((word) => `    ${text(word)}`).join("\n")}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key>
    ${text(path)}
  </dict>
  <key>WorkingDirectory</key>
  ${text(home)}
  <key>RunAtLoad</key>
  <true/>
  <!-- Not after an orderly end. -->
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <!-- Agents and their terminals are children of the daemon, and outlive it. -->
  <key>AbandonProcessGroup</key>
  <true/>
  <!-- Agents would inherit the throttling of a background process. -->
  <key>ProcessType</key>
  <string>Interactive</string>
  <key>ExitTimeOut</key>
  <integer>10</integer>
  <key>StandardOutPath</key>
  ${text(logFile)}
  <key>StandardErrorPath</key>
  ${text(logFile)}
</dict>
</plist>
`;
}

/** The program that such a plist starts; undefined when it names none. */
export function launchdProgram(plist: string): string | undefined {
  const pattern = /<key>ProgramArguments<\/key>\s*<array>\s*<string>([^<]*)<\/string>/;
  const [, found] = pattern.exec(plist) ?? [];
  return found?.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function text(value: string): string {
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    const message = `a plist cannot hold the control character in ${JSON.stringify(value)}`;
    throw new AoError("usage", message, "rename that folder");
  }
  const escaped = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<string>${escaped}</string>`;
}
