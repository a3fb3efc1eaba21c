typedef int lv_mutex_placeholder;
