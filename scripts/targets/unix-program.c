/*
 * openssl.exe and tar.exe for wine, as Windows' programs find them: runs the program of that name of the Linux below, with
 * the names of files as they are there. Built by zig: see wine.js.
 */

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

typedef LONG(__cdecl *spawn_function)(char *const argv[], int wait);
typedef char *(__cdecl *unix_name_function)(const WCHAR *);

/* Writes what the program has written to a file, and removes that. */
static void pass_on(const char *name, FILE *to) {
  char buffer[65536];
  size_t length;
  FILE *from = fopen(name, "rb");
  if (from == NULL) return;
  while ((length = fread(buffer, 1, sizeof buffer, from)) > 0) fwrite(buffer, 1, length, to);
  fflush(to);
  fclose(from);
  remove(name);
}

/* C:\a\b is a path; everything else, also /CN=localhost, stays as it is. */
static char *unix_argument(char *argument, unix_name_function unix_name) {
  static WCHAR wide[32768];
  if (argument[0] == 0 || argument[1] != ':' || argument[2] != '\\') return argument;
  if (MultiByteToWideChar(CP_UTF8, 0, argument, -1, wide, 32768) == 0) return argument;
  return unix_name(wide);
}

int main(int argc, char **argv) {
  /* Both are wine's own: a program of Unix that is started by CreateProcess has no handle to wait for. */
  HMODULE ntdll = GetModuleHandleA("ntdll"), kernel = GetModuleHandleA("kernel32");
  spawn_function spawn = (spawn_function)(void *)GetProcAddress(ntdll, "__wine_unix_spawnvp");
  unix_name_function unix_name =
      (unix_name_function)(void *)GetProcAddress(kernel, "wine_get_unix_file_name");
  if (spawn == NULL || unix_name == NULL) return 125;
  /* Its output goes through files: pipes of wine are none of Unix. */
  unsigned long id = GetCurrentProcessId();
  char out[64], err[64], script[128], file[MAX_PATH] = "", *name;
  snprintf(out, sizeof out, "Z:\\tmp\\unix-%lu.out", id);
  snprintf(err, sizeof err, "Z:\\tmp\\unix-%lu.err", id);
  snprintf(script, sizeof script, "exec \"$0\" \"$@\" >/tmp/unix-%lu.out 2>/tmp/unix-%lu.err </dev/null", id, id);
  GetModuleFileNameA(NULL, file, sizeof file - 1);
  name = strrchr(file, '\\');
  name = name == NULL ? file : name + 1;
  name[strcspn(name, ".")] = 0;
  char *first[] = {"/bin/sh", "-c", script, name};
  char **command = calloc(argc + 4, sizeof *command);
  if (command == NULL) return 125;
  memcpy(command, first, sizeof first);
  for (int i = 1; i < argc; i++) command[i + 3] = unix_argument(argv[i], unix_name);
  LONG status = spawn(command, 1);
  _setmode(1, _O_BINARY);
  pass_on(out, stdout);
  pass_on(err, stderr);
  return status < 0 ? 126 : status;
}
