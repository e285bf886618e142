#include "ctl/web_server_snippet.h"

namespace hookspool::ctl {

std::string nginx_upstream(const std::string& socket) {
  return "upstream hookspool {\n"
         "    server unix:" +
         socket +
         ";\n"
         "    keepalive 8;\n"
         "}\n"
         "log_format hookspool '$remote_addr [$time_iso8601] \"$request_method $uri\" $status '\n"
         "                     '$request_time \"$http_user_agent\"';\n";
}

std::string nginx_location(const std::string& path) {
  return "location ^~ " + path +
         " {\n"
         "    include /etc/nginx/fastcgi_params;\n"
         "    fastcgi_pass hookspool;\n"
         "    fastcgi_keep_conn on;\n"
         "    fastcgi_connect_timeout 1s;\n"
         "    fastcgi_send_timeout 2s;\n"
         "    fastcgi_read_timeout 3s;\n"
         "    fastcgi_next_upstream error timeout non_idempotent;\n"
         "    client_max_body_size 32k;\n"
         "    client_body_buffer_size 32k;\n"
         "    access_log /var/log/nginx/hookspool.log hookspool;\n"
         "}\n";
}

std::string apache_location(const std::string& path, const std::string& socket) {
  return "# needs: a2enmod proxy_fcgi\n"
         "<Location \"" +
         path +
         "\">\n"
         "    SetHandler \"proxy:unix:" +
         socket +
         "|fcgi://localhost\"\n"
         "    LimitRequestBody 32768\n"
         "    Require all granted\n"
         "</Location>\n";
}

}  // namespace hookspool::ctl
