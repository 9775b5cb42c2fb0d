/*
 * Prints what Xen's own parser makes of a configuration on standard input: for every name among the arguments a line
 * "name=value", or "name[i]=value" for elements of a list. Exit code 1: it refuses the text.
 * The prototypes are those of libxlutil.h of Xen 4.17, which Debian has only in a development package.
 */
#include <stdio.h>
#include <stdlib.h>

typedef struct XLU_Config XLU_Config;
typedef struct XLU_ConfigList XLU_ConfigList;
XLU_Config *xlu_cfg_init(FILE *report, const char *report_filename);
int xlu_cfg_readdata(XLU_Config *, const char *data, int length);
int xlu_cfg_get_string(const XLU_Config *, const char *name, const char **value, int dont_warn);
int xlu_cfg_get_list(const XLU_Config *, const char *name, XLU_ConfigList **list, int *entries, int dont_warn);
const char *xlu_cfg_get_listitem(const XLU_ConfigList *, int entry);

int main(int argc, char **argv) {
  static char text[1 << 20];
  size_t length = fread(text, 1, sizeof text, stdin);
  XLU_Config *config = xlu_cfg_init(stderr, "stdin");
  if (config == NULL || xlu_cfg_readdata(config, text, (int)length) != 0) return 1;
  for (int i = 1; i < argc; i++) {
    const char *value;
    XLU_ConfigList *list;
    int entries;
    if (xlu_cfg_get_string(config, argv[i], &value, 1) == 0) {
      printf("%s=%s\n", argv[i], value);
    } else if (xlu_cfg_get_list(config, argv[i], &list, &entries, 1) == 0) {
      for (int entry = 0; entry < entries; entry++) {
        printf("%s[%d]=%s\n", argv[i], entry, xlu_cfg_get_listitem(list, entry));
      }
    }
  }
  return 0;
}
